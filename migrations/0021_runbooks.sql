-- Runbooks as they were imported: the file itself, and whether it is the one that is run or only what somebody looks at before.
create table runbooks (
    id text primary key,
    guild_id text not null,
    name text not null,
    title text not null,
    version text not null,
    steps bigint not null,
    source text not null,
    -- SHA-256 of the file: what was shown is what is kept.
    digest text not null,
    state text not null check (state in ('draft', 'current')),
    made_by text not null,
    made_at bigint not null
);
-- The database, not the code, guarantees one runbook of a name.
create unique index runbooks_one_current on runbooks (guild_id, name) where state = 'current';

-- Runs of runbooks, as timelines tell them; how each step went stands in the run itself.
create table runbook_runs (
    -- The run's, and its entry's in the audit log.
    id text primary key,
    guild_id text not null,
    runbook text not null,
    reference text not null,
    -- The incident it is for.
    incident text,
    -- The alert it heals.
    alert text,
    by_id text not null,
    state text not null check (state in ('running', 'completed', 'failed', 'escalated', 'cancelled')),
    detail text,
    began_at bigint not null,
    ended_at bigint
);
create index runbook_runs_of on runbook_runs (guild_id, runbook, began_at);
create index runbook_runs_open on runbook_runs (state) where state = 'running';

-- What alerts asked to be healed, each once, by the event's number; cooldowns and maxima are counted here.
create table runbook_heals (
    seq bigint primary key,
    guild_id text not null,
    runbook text not null,
    rule_id text not null,
    rule text not null,
    alert text,
    subject text not null,
    by_id text not null,
    vars text not null,
    -- 'cooling' and 'capped' were not done, and why; 'refused' could not be.
    state text not null check (state in ('claimed', 'begun', 'cooling', 'capped', 'refused', 'left')),
    -- The entry in the audit log that it gets.
    entry_id text not null,
    at bigint not null
);
create index runbook_heals_open on runbook_heals (state) where state = 'claimed';
create index runbook_heals_lately on runbook_heals (guild_id, rule_id, at);
