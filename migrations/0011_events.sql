-- What happened, for whoever wants to hear of it: log channels, pages, automations. A row is added and never changed, and
-- only retention deletes. What an audit row says is an event of the same transaction, so a kill loses none and makes none up.
create table events (
    -- 1, 2, 3 …, without gaps: given under the head row's lock, so whoever has read up to one has read all before it.
    seq bigint primary key check (seq > 0),
    -- None where it concerns every guild, as a restart does.
    guild_id text,
    at bigint not null,
    kind text not null,
    subject text,
    actor_id text,
    -- JSON: few and short texts, secrets masked.
    data text not null
);
create index events_by_guild on events (guild_id, seq);

-- The last event's number. Whoever appends takes this row's lock, after every other lock.
create table event_head (
    id bigint primary key check (id = 1),
    seq bigint not null,
    -- When the bot that is running began; 0 where it said that it stops.
    up bigint not null default 0
);
insert into event_head (id, seq) values (1, 0);

-- Everything up to here may be deleted, and nothing behind it. A row of its own: who appends does not wait for retention.
create table event_tail (
    id bigint primary key check (id = 1),
    trimmed bigint not null
);
insert into event_tail (id, trimmed) values (1, 0);

-- How far somebody who reads events has come, so that they go on there after a restart.
create table event_cursors (
    name text primary key,
    -- Whose events it reads; none reads everybody's.
    guild_id text,
    -- Everything up to here is dealt with.
    seq bigint not null,
    -- And up to here it is just being dealt with: decided once, so that a restart does the same again.
    claimed bigint,
    -- How many events were deleted before it read them.
    missed bigint not null default 0,
    seen_at bigint not null
);

-- Channels in which a guild's events are shown.
create table log_channels (
    guild_id text not null,
    channel_id text not null,
    -- Kinds, or groups of them as `action.*`: words with a space between each two.
    kinds text not null,
    set_by text not null,
    set_at bigint not null,
    -- Why nothing was shown there lately, in words.
    trouble text,
    -- The database, not the code, guarantees one log a channel.
    primary key (guild_id, channel_id)
);
