-- Where a server's container engine listens, where that is not where Docker does.
create table engine_sockets (
    guild_id text not null,
    server_id text not null,
    socket text not null,
    primary key (guild_id, server_id)
);

-- Engines whose containers are watched, and the channel where what happens to them is told.
create table container_watches (
    id text primary key,
    guild_id text not null,
    -- Its name when it was set, and the server's id, which outlives a name.
    server text not null,
    server_id text not null,
    channel_id text not null,
    -- Everything up to this moment of the engine's, in nanoseconds, is dealt with.
    since_ns bigint not null,
    set_by text not null,
    set_at bigint not null
);
-- The database, not the code, guarantees one watch an engine.
create unique index container_watches_one on container_watches (guild_id, server_id);

-- What was told of a container. What happens again before it was quiet for a while is counted, and not told.
create table container_incidents (
    watch_id text not null,
    container text not null,
    -- What kind of story it is: that it ends, or that it is unhealthy.
    class text not null,
    opened_ns bigint not null,
    last_ns bigint not null,
    number bigint not null,
    primary key (watch_id, container, class)
);

-- The folders of Compose projects that may be used, for each server.
create table compose_projects (
    guild_id text not null,
    server_id text not null,
    project text not null,
    folder text not null,
    set_by text not null,
    set_at bigint not null,
    primary key (guild_id, server_id, project)
);
