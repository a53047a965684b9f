//! Tickets in private threads: made, found again, and put away where a guild has no room for more.
//!
//! **Invariant:** what is put away stays open as a ticket: whoever writes into its thread has it back.

use base::{Error, Result};
use poise::serenity_prelude as serenity;
use store::tickets::Ticket;
use tickets::Tickets;

use super::{REFUSED, Shower, is_asleep};
use crate::asked::{code as discords_code, is_final, private, status};

/// "Maximum number of active threads reached".
const TOO_MANY: isize = 160_006;
/// So many are looked through for one that can be put away.
const LOOKED_AT: i64 = 10;
/// What is said where none can.
const FULL: &str = "this server has as many active threads as Discord allows, and none of mine can be put away. \
    `/ticket category edit place:channel` gives tickets channels";

impl Shower {
    /// Makes its thread, or finds the one that an earlier try made.
    pub(super) async fn make_thread(&self, ticket: &Ticket) -> Result<()> {
        let store = self.hub.store();
        let name = self.called(ticket);
        if ticket.tried.is_some() {
            let begins = Tickets::name_begins(ticket);
            let found = private::find(&self.rest, ticket.guild, ticket.parent, &begins).await;
            match found.map_err(|error| Error::internal("looking for a ticket's thread", error))? {
                Some(thread) => return store.ticket_has_thread(ticket, thread, &name).await,
                None => store.ticket_has_no_thread(ticket).await?,
            }
        }
        store.try_ticket_thread(ticket).await?;
        let mut made = private::make(&self.rest, ticket.parent, &name).await;
        if made.as_ref().is_err_and(is_full) && self.make_room(ticket).await? {
            made = private::make(&self.rest, ticket.parent, &name).await;
        }
        match made {
            Ok(thread) => {
                store.ticket_has_thread(ticket, thread, &name).await?;
                self.tickets.shown();
                Ok(())
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "a ticket has no thread");
                store.ticket_has_no_thread(ticket).await?;
                let place = ticket.parent;
                let why = match status(&error) {
                    _ if is_full(&error) => FULL.to_owned(),
                    Some(403) => {
                        format!("I may not make private threads in <#{place}>: it takes Create Private Threads")
                    }
                    Some(404) => format!("<#{place}> is gone: `/ticket panel send` says where else"),
                    _ => self.said(ticket, &error),
                };
                store.ticket_waits(ticket, &why, REFUSED).await
            }
            Err(error) => Err(Error::internal("making a ticket's thread", error)),
        }
    }

    /// Puts the thread away that was used least lately. The answer is whether there is room now.
    pub(super) async fn make_room(&self, ticket: &Ticket) -> Result<bool> {
        let store = self.hub.store();
        // One at a time: two would put away the same.
        let _turn = self.rooms.turn(ticket.guild).await;
        for quiet in store.quietest_tickets(ticket.guild, LOOKED_AT).await? {
            let Some(thread) = quiet.thread.filter(|_| quiet.id != ticket.id) else { continue };
            match private::put_away(&self.rest, thread).await {
                Ok(()) => {
                    tracing::info!(ticket.number = quiet.number, "a quiet ticket's thread is put away for another");
                    store.ticket_sleeps(&quiet, Some(self.hub.clock().now())).await?;
                    return Ok(true);
                }
                // Discord did that before: it takes no room.
                Err(error) if is_asleep(&error) => {
                    store.ticket_sleeps(&quiet, Some(self.hub.clock().now())).await?;
                }
                Err(error) if discords_code(&error) == Some(super::NO_CHANNEL) => self.lost(&quiet, &error).await?,
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "a quiet ticket's thread cannot be put away");
                }
                Err(error) => return Err(Error::internal("putting a ticket's thread away", error)),
            }
        }
        Ok(false)
    }
}

pub(super) fn is_full(error: &serenity::Error) -> bool {
    discords_code(error) == Some(TOO_MANY)
}
