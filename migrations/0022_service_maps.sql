-- Service maps as people wrote them: what is planned, what stands, and what stood before.
create table service_maps (
    id text primary key,
    guild_id text not null,
    -- Counts those that ever stood; none of what is only planned.
    version bigint,
    state text not null check (state in ('planned', 'current', 'past')),
    -- The one that stood when it was planned: another one by then makes it count for nothing.
    planned_on text,
    name text not null,
    content text not null,
    -- Which of a service's hosts is meant; none is production.
    environment text,
    -- What `${NAME}` stands for, as JSON.
    given_values text not null,
    made_by text not null,
    made_at bigint not null
);
-- The database, not the code, guarantees one map a guild.
create unique index service_maps_one_current on service_maps (guild_id) where state = 'current';
create index service_maps_by_guild on service_maps (guild_id, state, made_at);

-- A guild's page for everybody: nothing is on it but what was put there, under the name that was given.
create table status_pages (
    guild_id text primary key,
    -- What its address ends in.
    word text not null unique,
    title text not null,
    made_by text not null,
    made_at bigint not null
);
create table status_page_lines (
    guild_id text not null,
    -- `service` or `server`, and its name in the map, or its id.
    kind text not null check (kind in ('service', 'server')),
    subject text not null,
    shown_as text not null,
    place bigint not null,
    primary key (guild_id, kind, subject)
);

-- How often a service was looked at in a day, and how often it was well. What nobody could ask is neither.
create table service_days (
    guild_id text not null,
    service text not null,
    -- Days since 1970, UTC.
    day bigint not null,
    well bigint not null,
    unwell bigint not null,
    primary key (guild_id, service, day)
);
create index service_days_by_age on service_days (day);
