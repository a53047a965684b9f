-- Terminals: a shell on a server that goes on below a thread, whichever process shows it. The row is written before anything is
-- started, under the token that its server keeps it by, so a kill anywhere leaves it to be found again.
create table terminals (
    -- The audit entry that opened it.
    id text primary key,
    guild_id text not null,
    reference text not null,
    server_id text not null,
    server_name text not null,
    token text not null,
    -- Where it was asked for, and the thread it became; none until there is one.
    channel_id text not null,
    thread_id text,
    -- The message that shows the screen.
    message_id text,
    opened_by text not null,
    -- Who may type besides: ids with a space between each two.
    invited text not null default '',
    screen_columns bigint not null,
    screen_rows bigint not null,
    -- It ends after so long without a key, in milliseconds.
    idle bigint not null,
    opened_at bigint not null,
    -- The last key, or when it was opened; kept to the minute.
    typed_at bigint not null,
    state text not null check (state in ('open', 'over')),
    -- Who ended it, or what, in words.
    why text,
    ended_at bigint
);
create index terminals_open on terminals (guild_id, server_id) where state = 'open';
