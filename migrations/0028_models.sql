-- Who runs models for a guild. Those of the environment have no row: whoever runs the bot shares them.
create table model_providers (
    id text primary key,
    guild_id text not null,
    name text not null,
    kind text not null check (kind in ('ollama', 'openai', 'anthropic')),
    address text not null,
    -- The key, sealed; none where it takes none.
    secret_id text references secrets (id),
    place text not null check (place in ('local', 'cloud')),
    -- How many tokens its models are given to read, where that is not found out.
    reads bigint,
    is_on bigint not null,
    added_by text not null,
    added_at bigint not null
);
create unique index model_providers_one on model_providers (guild_id, lower(name));
create index model_providers_secret on model_providers (secret_id);

-- The models a guild asks, in this order.
create table model_choices (
    guild_id text not null,
    position bigint not null,
    provider text not null,
    model text not null,
    primary key (guild_id, position)
);

-- What a guild lets leave the house; nothing, where there is no row.
create table model_policies (
    guild_id text primary key,
    cloud text not null check (cloud in ('nothing', 'redacted', 'all')),
    set_by text not null,
    set_at bigint not null
);

-- How many tokens each of a role may use in a day.
create table model_quotas (
    guild_id text not null,
    role_id text not null,
    tokens bigint not null check (tokens >= 0),
    primary key (guild_id, role_id)
);

-- Every answer a model gave, and every try that was counted.
create table model_usage (
    id text primary key,
    guild_id text not null,
    user_id text not null,
    conversation text,
    provider text not null,
    model text not null,
    is_cloud bigint not null,
    prompt_tokens bigint not null,
    reply_tokens bigint not null,
    took_ms bigint not null,
    -- The kind of failure; none of what was answered.
    failure text,
    at bigint not null
);
create index model_usage_of on model_usage (guild_id, at);
create index model_usage_by on model_usage (guild_id, user_id, at);
