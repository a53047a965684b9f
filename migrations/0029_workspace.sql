-- Agents that people of a guild made in Discord, as the two files they would be in a folder. They lie over those of the files.
create table guild_agents (
    id text primary key,
    guild_id text not null,
    name text not null,
    config text not null,
    prompt text not null,
    made_by text not null,
    made_at bigint not null
);
-- The database, not the code, guarantees one agent of a name.
create unique index guild_agents_one on guild_agents (guild_id, name);

-- Registries that people of a guild made in Discord.
create table guild_registries (
    id text primary key,
    guild_id text not null,
    name text not null,
    description text not null,
    -- Their names and types, as JSON.
    fields text not null,
    made_by text not null,
    made_at bigint not null
);
create unique index guild_registries_one on guild_registries (guild_id, name);

-- Entries of registries that people of a guild made, changed or took away, whether the registry is theirs or a file's.
create table registry_entries (
    guild_id text not null,
    registry text not null,
    -- The value of the first field.
    entry text not null,
    -- What is in the fields, as JSON; what it was, where it is gone.
    content text not null,
    state text not null check (state in ('kept', 'gone')),
    -- Counts the changes: whoever changes it names the one they saw.
    version bigint not null,
    changed_by text not null,
    changed_at bigint not null,
    primary key (guild_id, registry, entry)
);

-- Playbooks that people go through, step by step, as they were when that began.
create table playbook_runs (
    id text primary key,
    guild_id text not null,
    playbook text not null,
    title text not null,
    -- The steps, as JSON.
    steps text not null,
    -- Where it stands, once there is a thread.
    thread_id text,
    reference text not null,
    by_id text not null,
    began_at bigint not null
);
create index playbook_runs_of on playbook_runs (guild_id, began_at);

-- What became of each step: the first who says so has said it.
create table playbook_steps (
    guild_id text not null,
    run_id text not null,
    -- From 1.
    step bigint not null,
    state text not null check (state in ('done', 'skipped')),
    by_id text not null,
    at bigint not null,
    primary key (guild_id, run_id, step)
);
