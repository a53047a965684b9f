-- Passwords that were typed unseen into terminals that are open: whoever goes on with one after a restart masks them again.
create table terminal_secrets (
    secret_id text primary key references secrets (id),
    guild_id text not null,
    terminal_id text not null references terminals (id)
);
create index terminal_secrets_of on terminal_secrets (terminal_id);

-- What a run changes besides its own lease, one thing at a time: the servers of a selection, each while its command runs there. One
-- counts only while its run is going on: a run that ended, in whichever way, or is forgotten, holds nothing any more.
create table run_holds (
    guild_id text not null,
    lease text not null,
    run_id text not null,
    primary key (guild_id, lease)
);
create index run_holds_of on run_holds (run_id);

-- Guilds whose services come up by themselves when their server comes back, and in whose name.
create table service_autostarts (
    guild_id text primary key,
    by_id text not null
);
-- How each of their servers was seen last, and what was begun when it came back: each return is dealt with once.
create table service_returns (
    guild_id text not null,
    server_id text not null,
    -- Since when it is as it is.
    since bigint not null,
    -- As JSON: each service, and its entry in the audit log. Empty where nothing was to be begun.
    starts text not null,
    -- Whether its people are still to be told how that went.
    open bigint not null,
    primary key (guild_id, server_id)
);
create index service_returns_open on service_returns (open) where open = 1;
