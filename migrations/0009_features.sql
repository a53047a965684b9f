-- What a guild switched on or off; what is not here is as a new guild has it.
create table guild_features (
    guild_id text not null,
    feature text not null,
    is_on bigint not null check (is_on in (0, 1)),
    switched_by text not null,
    switched_at bigint not null,
    primary key (guild_id, feature)
);

-- What a guild was set up with. The ids are Discord's, and may be of something that is gone.
create table guild_settings (
    guild_id text primary key,
    -- Where incidents and the questions of automations go.
    ops_channel_id text,
    -- Whom it was last given an operator's grants to.
    operators_role_id text,
    -- When its welcome card was posted: once for each time the bot joins.
    welcomed_at bigint
);

-- The list of guild commands that Discord was last seen to have, as its digest.
create table guild_commands (
    guild_id text primary key,
    digest text not null,
    seen_at bigint not null
);

-- Commands made new in a guild: Discord allows 200 in 24 hours. Rows go when they count no longer.
create table command_creations (
    id text primary key,
    guild_id text not null,
    made_at bigint not null,
    creations bigint not null
);
create index command_creations_of_guild on command_creations (guild_id, made_at);
