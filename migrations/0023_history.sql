-- What commands printed: compressed, and masked before it got here. Who ran them, where, and how they ended stands in the audit log
-- alone. A row is written before its command's audit entry ends, and a run that another process goes on with writes it again: what
-- ended on record has its output on record.
create table command_outputs (
    -- The audit entry of the command.
    entry_id text primary key,
    guild_id text not null,
    -- The run that it was one command of, where that ran several.
    run_id text,
    -- What its file is called.
    name text not null,
    -- What stands above it where several are read as one: `web-1: exit 0`.
    heading text not null,
    kept_at bigint not null,
    -- Compressed, in bytes.
    size bigint not null,
    -- None where nothing was printed.
    packed bytea
);
create index command_outputs_by_guild on command_outputs (guild_id, kept_at, size);
create index command_outputs_by_run on command_outputs (run_id) where run_id is not null;

-- For how long a guild keeps them, where it said so.
create table history_keeping (
    guild_id text primary key,
    days bigint not null check (days between 1 and 365),
    set_by text not null,
    set_at bigint not null
);

-- The history is read from the audit log. These are the actions that run what somebody typed.
create index audit_log_commands on audit_log (guild_id, seq)
    where action in ('server.run', 'container.exec', 'server.terminal');
