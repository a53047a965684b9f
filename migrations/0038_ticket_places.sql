-- Where tickets live, by what else they are opened, and what goes wrong around them, told once.

alter table ticket_categories add column place text not null default 'thread' check (place in ('thread', 'channel'));
-- The category of Discord's under which its channels are made; none is none.
alter table ticket_categories add column under_id text;
-- The forum whose posts open tickets of it.
alter table ticket_categories add column forum_id text;
alter table ticket_categories add column forum_since bigint;

alter table tickets add column place text not null default 'thread' check (place in ('thread', 'channel'));
-- Why whose it is is not in the guild; none while they are.
alter table tickets add column away text check (away in ('left', 'banned'));
-- Since when the thread or channel that it had is gone.
alter table tickets add column lost_at bigint;
-- Since when its thread is put away to make room for others.
alter table tickets add column asleep_at bigint;
-- When it was last looked at whether it stands as it should.
alter table tickets add column looked_at bigint;
-- The post in a forum that opened it, and 1 once that says where it is answered.
alter table tickets add column forum_post text;
alter table tickets add column forum_told bigint not null default 0;
create index tickets_looked_at on tickets (guild_id, looked_at) where state <> 'closed';

-- Categories of Discord's that were made because another was full: tried first, then found.
create table ticket_folders (
    guild_id text not null,
    -- The one that was full first; 2, 3 … after it; what it is called.
    under_id text not null,
    step bigint not null,
    name text not null,
    channel_id text,
    tried_at bigint,
    primary key (guild_id, under_id, step)
);

-- What is wrong around tickets: while a row is here, it was told.
create table ticket_troubles (
    guild_id text not null,
    -- What it is about: a role, a channel, a ticket.
    about text not null,
    text text not null,
    since bigint not null,
    primary key (guild_id, about)
);

-- Tickets and the incidents that they are about.
create table ticket_incidents (
    ticket_id text not null,
    guild_id text not null,
    incident bigint not null,
    linked_by text not null,
    at bigint not null,
    -- 1 once the ticket says that it is over.
    told bigint not null default 0,
    primary key (ticket_id, incident)
);
create index ticket_incidents_of on ticket_incidents (guild_id, incident);
create index ticket_incidents_untold on ticket_incidents (guild_id, incident) where told = 0;

-- Who wrote to the bot alone and was asked what it is about. What they wrote stays where they wrote it.
create table ticket_letters (
    user_id text primary key,
    -- Behind which key the question stands; none once it was answered.
    letter_key text,
    channel_id text not null,
    -- The first message of it.
    message_id text not null,
    at bigint not null
);
