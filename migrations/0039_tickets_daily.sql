-- The desk's daily work: pictures of panels, replies that are kept, what a missed target leads to, and how members found it.

-- Sent along with a panel's message.
create table ticket_panel_pictures (
    panel_id text primary key,
    guild_id text not null,
    -- Such as `panel.png`.
    name text not null,
    bytes bytea not null
);

-- What a missed target leads to after staff were reminded: a ping, and then a role. In milliseconds after the target; none is a share of
-- it, and -1 is never.
alter table ticket_categories add column ping_after bigint;
alter table ticket_categories add column escalate_after bigint;
alter table ticket_categories add column escalate_to text;

-- The same for one ticket, as its category said: milliseconds after each target; none is never. `answer_late` and `solve_late` count the
-- steps that were taken.
alter table tickets add column answer_ping bigint;
alter table tickets add column answer_escalate bigint;
alter table tickets add column solve_ping bigint;
alter table tickets add column solve_escalate bigint;
-- When somebody, or time, called those who come last.
alter table tickets add column escalated_at bigint;
-- Who of staff answered first.
alter table tickets add column answered_by text;

-- Replies that staff use again and again.
create table ticket_replies (
    guild_id text not null,
    name text not null,
    text text not null,
    set_by text not null,
    at bigint not null,
    primary key (guild_id, name)
);

-- How whose it was found it: asked once, when it was closed first. Where that cannot be asked in a direct message, it is in the thread.
create table ticket_ratings (
    ticket_id text primary key,
    guild_id text not null,
    member_id text not null,
    asked_at bigint not null,
    -- 'direct' or 'thread' while it is to be asked there, 'asked' once that stands, 'left' where it cannot be asked.
    state text not null check (state in ('direct', 'thread', 'asked', 'left')),
    -- Where that is, once it is known.
    channel_id text,
    -- 1 to 5; none until they said.
    stars bigint check (stars between 1 and 5),
    comment text,
    rated_at bigint
);
create index ticket_ratings_to_ask on ticket_ratings (asked_at) where state in ('direct', 'thread');
create index ticket_ratings_of_guild on ticket_ratings (guild_id, rated_at) where rated_at is not null;

-- What is listed and counted, also where there are very many.
create index tickets_listed on tickets (guild_id, state, number);
create index tickets_ended on tickets (guild_id, ended_at) where ended_at is not null;
create index tickets_opened on tickets (guild_id, opened_at);
