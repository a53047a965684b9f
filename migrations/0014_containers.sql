-- Where a server's container engine listens, where that is not where Docker does.
create table engine_sockets (
    guild_id text not null,
    server_id text not null,
    socket text not null,
    primary key (guild_id, server_id)
);
