-- MCP servers a guild uses. Those that whoever runs the bot named stand in a file of theirs; here is only who switched one on.
create table mcp_servers (
    id text primary key,
    guild_id text not null,
    name text not null,
    -- Where it is; none where it is one of those that the bot's owner named.
    address text,
    -- The token, sealed; none where it takes none.
    secret_id text references secrets (id),
    added_by text not null,
    added_at bigint not null
);
create unique index mcp_servers_one on mcp_servers (guild_id, lower(name));
create index mcp_servers_secret on mcp_servers (secret_id);

-- Tools of theirs that somebody said only look, each exactly as it was then.
create table mcp_looks (
    server_id text not null references mcp_servers (id),
    guild_id text not null,
    tool text not null,
    -- SHA-256 of what it was when that was said, and of what it was when it was last seen.
    lowered text not null,
    seen text not null,
    set_by text not null,
    set_at bigint not null,
    primary key (server_id, tool)
);
create index mcp_looks_of on mcp_looks (guild_id);

-- What lets another assistant in as a person. Only its hash is here.
create table mcp_tokens (
    id text primary key,
    guild_id text not null,
    user_id text not null,
    name text not null,
    hash text not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create unique index mcp_tokens_one on mcp_tokens (guild_id, user_id, lower(name));
