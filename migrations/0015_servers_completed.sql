-- The server that another one is reached through: the id of a server of the same guild.
alter table servers add column jump_id text;
-- The key a server is being given, until a login with it has worked.
alter table servers add column next_secret_id text references secrets (id);

-- How servers are switched on where they do not answer: what is told here is ours, as JSON without secrets.
create table server_power (
    server_id text primary key references servers (id) on delete cascade,
    guild_id text not null,
    how text not null
);
