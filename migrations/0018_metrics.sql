-- What servers said of themselves, by our clock. A value that is null was not known: it is never taken for zero.
create table metric_points (
    guild_id text not null,
    server_id text not null,
    -- How long a row stands for, in milliseconds; 0 is one look.
    span bigint not null,
    -- When it begins.
    at bigint not null,
    -- How often was looked, and how often something was seen.
    looks bigint not null,
    seen bigint not null,
    -- Hundredths of a percent.
    cpu bigint,
    cpu_peak bigint,
    memory bigint,
    swap bigint,
    disk bigint,
    gpu bigint,
    gpu_memory bigint,
    -- Hundredths.
    load bigint,
    -- Bytes a second.
    received bigint,
    sent bigint,
    -- Tenths of a degree.
    temperature bigint,
    primary key (server_id, span, at)
);
create index metric_points_by_age on metric_points (span, at);

-- The last look at each server: what a bot that was just started knows.
create table metric_latest (
    server_id text primary key,
    guild_id text not null,
    at bigint not null,
    -- Since when it is as it is: seen, or not seen.
    since bigint not null,
    -- What was seen, as JSON; none where nothing was.
    sample text,
    -- Why nothing was.
    trouble text
);

-- Servers that nobody looks at by themselves.
create table metric_off (
    server_id text primary key,
    guild_id text not null,
    by_id text not null,
    at bigint not null
);
