-- The truth about long work: what was asked, how it stands, and who does it now. A row is written together with its audit entry.
create table runs (
    -- Its audit entry.
    id text primary key,
    reference text not null,
    guild_id text not null,
    action text not null,
    target text,
    -- What only one of them at a time may change.
    lease text,
    risk text not null,
    -- The action as it is done; masked where `sealed_id` holds it.
    arguments text not null,
    sealed_id text references secrets (id),
    plan text not null,
    actor_id text not null,
    actor_name text not null,
    agent text,
    way text not null,
    -- The higher the sooner.
    priority bigint not null,
    state text not null check (state in
        ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'timed_out', 'interrupted')),
    created_at bigint not null,
    -- Not before this moment.
    due_at bigint not null,
    -- How long it may take once it was begun, in milliseconds.
    deadline bigint not null,
    -- When it was first begun.
    started_at bigint,
    finished_at bigint,
    -- How often it was begun.
    attempts bigint not null default 0,
    -- The process that does it; a run that is running and has none is taken up by the next that looks.
    worker text,
    -- Raised whenever somebody takes it: whoever had it before can write no more.
    fence bigint not null default 0,
    -- Somebody wants it stopped: it never ends as anything else than cancelled.
    cancelled_by text,
    cancelled_at bigint,
    -- How it ended, in words.
    detail text,
    -- Its face, without secrets: the last one another process showed, or the one it ended with.
    card text,
    -- What came of it, for models, without secrets.
    report text
);
-- The database, not the code, guarantees that two runs never change one thing at once.
create unique index runs_one_per_lease on runs (guild_id, lease) where state = 'running' and lease is not null;
create index runs_to_begin on runs (priority desc, id) where state = 'queued';
create index runs_in_line on runs (guild_id, lease) where state = 'queued' and lease is not null;
create index runs_going_on on runs (worker) where state = 'running';
create index runs_by_guild on runs (guild_id, id);
create index runs_by_reference on runs (guild_id, reference);
create index runs_by_end on runs (finished_at) where finished_at is not null;

-- What a run noted of its steps, before each was begun: whoever goes on with it reads it first.
create table run_steps (
    run_id text not null references runs (id),
    step text not null,
    noted text not null,
    noted_at bigint not null,
    primary key (run_id, step)
);

-- The file a run ended with, such as its log.
create table run_files (
    run_id text primary key references runs (id),
    name text not null,
    bytes bytea not null
);

-- Processes that take runs from a database they share. One whose beat no longer changes is dead.
create table workers (
    id text primary key,
    name text not null,
    beat bigint not null,
    started_at bigint not null
);

-- What stops a run is now said of jobs.
update grants set action = 'job.cancel' where action = 'run.cancel';
update grants set action = 'job.*' where action = 'run.*';
update policy_rules set action = 'job.cancel' where action = 'run.cancel';
update policy_rules set action = 'job.*' where action = 'run.*';
update buttons set press = replace(press, '"run.cancel"', '"job.cancel"') where press like '%"run.cancel"%';
