-- Messages that must arrive once: a row first, then the post. Cards are masked before they come here.
create table outbox (
    id text primary key,
    guild_id text not null,
    channel_id text not null,
    -- Chosen by whoever asks, so that asking twice posts once.
    post_key text not null,
    -- Its place in the channel's line.
    seq bigint not null,
    -- 0 is the most urgent.
    priority bigint not null check (priority between 0 and 2),
    card text not null,
    -- The card's file, until the post has ended.
    file_name text,
    file bytea,
    -- The message it answers.
    answers text,
    -- Roles and people it may ping, as JSON.
    pings text not null,
    state text not null check (state in ('waiting', 'posted', 'refused')),
    attempts bigint not null default 0,
    -- Since when it may stand in the channel without our knowing; null where it surely does not.
    tried_at bigint,
    message_id text,
    -- In words, why Discord does not take it.
    refusal text,
    created_at bigint not null,
    ended_at bigint,
    check ((state = 'posted') = (message_id is not null)),
    check ((state = 'refused') = (refusal is not null)),
    check ((state = 'waiting') = (ended_at is null))
);
-- The database, not the code, guarantees one post per key.
create unique index outbox_one_per_key on outbox (guild_id, post_key);
create index outbox_by_channel on outbox (channel_id, seq);
create index outbox_waiting on outbox (guild_id, channel_id, seq) where state = 'waiting';
create index outbox_ended on outbox (ended_at) where state <> 'waiting';
