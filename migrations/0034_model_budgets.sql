-- What a guild's models in the cloud may cost in thirty days, in whole dollars; no row is no limit.
create table model_budgets (
    guild_id text primary key,
    dollars bigint not null check (dollars >= 0),
    set_by text not null,
    set_at bigint not null
);
