-- Overlays: pages that a streamer's software lays over the picture. Each is opened by a key of its own, of which only the hash is kept; how
-- it looks, what it stands at and what is still to be shown are rows, so a page comes back to them after any stop.

create table overlays (
    id text primary key,
    guild_id text not null,
    name text not null,
    kind text not null check (kind in ('alerts', 'chat', 'now_playing', 'goal', 'counter', 'timer', 'recent', 'poll', 'lower_third',
        'starting_soon', 'canvas')),
    made_by text not null,
    made_at bigint not null,
    -- How it looks, as JSON; and how it looked before the last change, where that can be undone.
    settings text not null,
    previous text,
    -- What it stands at, as JSON; and the number of a goal or a counter.
    state text not null,
    value bigint not null default 0,
    -- Counts the changes of all of that.
    version bigint not null default 1,
    -- The SHA-256 of its key, and of the key by which donations are told; none where there is none any more.
    key_hash text,
    hook_hash text,
    -- The last number that was given to something to show.
    last_event bigint not null default 0
);
create unique index overlays_by_name on overlays (guild_id, name);
create unique index overlays_by_key on overlays (key_hash) where key_hash is not null;
create unique index overlays_by_hook on overlays (hook_hash) where hook_hash is not null;

-- What is shown once, for pages that were away when it happened.
create table overlay_events (
    overlay_id text not null,
    guild_id text not null,
    -- 1, 2, 3 … of its overlay.
    number bigint not null,
    at bigint not null,
    event text not null,
    primary key (overlay_id, number)
);
create index overlay_events_at on overlay_events (at);

-- Who followed, subscribed … last in a guild.
create table overlay_latest (
    guild_id text not null,
    what text not null,
    name text not null,
    at bigint not null,
    primary key (guild_id, what)
);

-- Pictures and sounds of overlays, each kept under its hash for as long as its settings, or those before, name it.
create table overlay_files (
    overlay_id text not null,
    guild_id text not null,
    sha256 text not null,
    media text not null,
    bytes bytea not null,
    primary key (overlay_id, sha256)
);

-- What was told from outside under an id of its own: told twice, it is shown once.
create table overlay_told (
    guild_id text not null,
    id text not null,
    at bigint not null,
    primary key (guild_id, id)
);
create index overlay_told_at on overlay_told (at);
