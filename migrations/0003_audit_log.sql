-- The permanent record. A row is added and never changed: each carries the hash of the one before, so that nobody can alter,
-- remove, move or insert one unseen. `audit` is what came before it: its rows are brought over once, and stay where they are.
create table audit_log (
    -- 1, 2, 3 …, without gaps.
    seq bigint primary key check (seq > 0),
    -- What began and what ended are two rows of one entry.
    entry_id text not null,
    reference text not null,
    guild_id text not null,
    at bigint not null,
    actor_id text not null,
    actor_name text not null,
    -- Who asked in the actor's name.
    agent text,
    way text not null,
    -- Unknown of what is older than this table.
    risk text,
    action text not null,
    target text,
    -- Arguments and plan stand in an entry's first row only.
    arguments text,
    plan text,
    digest text not null,
    approval_id text,
    outcome text not null,
    detail text,
    -- Set in the row that ends what another began, and only there.
    duration_ms bigint,
    previous text not null,
    hash text not null
);
-- The database, not the code, guarantees that nothing begins or ends twice.
create unique index audit_log_once on audit_log (entry_id, outcome);
create unique index audit_log_ends_once on audit_log (entry_id) where duration_ms is not null;
create index audit_log_by_guild on audit_log (guild_id, seq);
create index audit_log_by_reference on audit_log (reference);

-- The last row's number and hash. Whoever appends takes this row's lock first, so rows are added one writer at a time.
create table audit_head (
    id bigint primary key check (id = 1),
    seq bigint not null,
    hash text not null
);
insert into audit_head (id, seq, hash)
values (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- What runs, or has ended without whoever asked having been told. Rows go when there is nothing left to say.
create table in_flight (
    -- The entry in the log, and the row it began with.
    id text primary key,
    began bigint not null,
    started_at bigint not null,
    -- How its way in can still answer whoever asked, should this process die.
    reply_to text,
    -- Where its card stands.
    channel_id text,
    message_id text,
    -- None while it runs.
    outcome text
);

-- Which rows of the old table are in the log by now.
alter table audit add column adopted bigint not null default 0;
create index audit_to_adopt on audit (id) where adopted = 0;
