-- What is remembered: for a person in a guild, or for all of a guild.
create table memories (
    id text primary key,
    guild_id text not null,
    -- Whose it is; empty is the guild's.
    user_id text not null,
    -- The database, not the code, guarantees that nobody has more than there are places.
    place bigint not null check (place between 1 and 200),
    text text not null,
    -- Who had it remembered: a person with their own words, or a model by itself.
    origin text not null check (origin in ('person', 'model')),
    made_by text not null,
    made_at bigint not null,
    changed_at bigint not null
);
create unique index memories_one_in_a_place on memories (guild_id, user_id, place);
-- What is remembered is remembered once.
create unique index memories_once on memories (guild_id, user_id, text);

-- Prompts to use again. The text may hold {variables}.
create table prompts (
    id text primary key,
    guild_id text not null,
    user_id text not null,
    place bigint not null check (place between 1 and 100),
    name text not null,
    text text not null,
    category text not null,
    -- Words, with a blank between.
    tags text not null,
    -- Whether everybody in the guild may use it.
    shared bigint not null check (shared in (0, 1)),
    made_at bigint not null,
    changed_at bigint not null
);
create unique index prompts_one_in_a_place on prompts (guild_id, user_id, place);
create unique index prompts_one_of_a_name on prompts (guild_id, user_id, name);
-- What is shared is found by its name alone.
create unique index prompts_one_shared on prompts (guild_id, name) where shared = 1;
