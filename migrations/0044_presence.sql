-- What the bot's own status says, the same in every guild; and what of a guild may be in it.

-- How it was set: one row at most, with the guild where that was.
create table presence (
    one bigint primary key check (one = 1),
    guild_id text not null,
    set_by text not null,
    set_at bigint not null,
    status text not null check (status in ('online', 'idle', 'dnd')),
    -- Where it is taken from, in order, with blanks between.
    sources text not null,
    -- What it says where nothing else is to be said.
    words text not null
);

-- What a guild's administrators let everybody see of it.
create table presence_shares (
    guild_id text primary key,
    streams bigint not null default 0,
    plex bigint not null default 0,
    lanyard bigint not null default 0,
    set_by text not null,
    set_at bigint not null
);

-- A guild's Plex server: where it is, and of whom it is asked there.
create table presence_plex (
    guild_id text primary key,
    -- Counts as another one whenever it is set.
    id text not null,
    address text not null,
    plex_user text not null,
    secret_id text not null references secrets (id),
    set_by text not null,
    set_at bigint not null
);
create unique index presence_plex_by_secret on presence_plex (secret_id);

-- Members who said themselves that Lanyard may be asked what they listen to.
create table presence_lanyard (
    guild_id text not null,
    user_id text not null,
    -- Counts as another one whenever they say so.
    id text not null,
    since bigint not null,
    primary key (guild_id, user_id)
);
create index presence_lanyard_of on presence_lanyard (user_id);
