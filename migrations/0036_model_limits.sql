-- What models in the cloud may cost for each of a role in thirty days, in whole dollars.
create table model_allowances (
    guild_id text not null,
    role_id text not null,
    dollars bigint not null check (dollars >= 0),
    primary key (guild_id, role_id)
);

-- What one conversation may cost, in whole dollars; where there is no row, as much as is usual, and without a number whatever it does.
create table conversation_budgets (
    guild_id text primary key,
    dollars bigint check (dollars >= 0),
    set_by text not null,
    set_at bigint not null
);
create index model_usage_in on model_usage (guild_id, conversation);

-- What a guild says of a provider of the environment: it has no row of its own, for other guilds have it, too.
create table shared_model_providers (
    guild_id text not null,
    kind text not null check (kind in ('ollama', 'openai', 'anthropic')),
    is_on bigint not null,
    -- How many tokens its models are given to read, where somebody said so.
    reads bigint,
    primary key (guild_id, kind)
);
