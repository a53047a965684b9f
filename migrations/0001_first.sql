-- The first tables. One SQL for SQLite and PostgreSQL: ids are text, times are milliseconds in UTC, JSON is text.

-- One row per key that ever sealed a secret: its salt, and a sealed known text that shows whether a passphrase is the right one.
create table vault_keys (
    id text primary key,
    salt bytea not null,
    proof bytea not null,
    created_at bigint not null
);

-- Sealed with AES-256-GCM; the row's id and guild are authenticated with it, so a value cannot be moved to another row.
create table secrets (
    id text primary key,
    guild_id text not null,
    key_id text not null references vault_keys (id),
    nonce bytea not null,
    sealed bytea not null,
    created_at bigint not null
);

-- A server is `offered` until a person pins its host key and a login works, and `blocked` once another key answers.
create table servers (
    id text primary key,
    guild_id text not null,
    name text not null,
    host text not null,
    port bigint not null check (port between 1 and 65535),
    user_name text not null,
    secret_id text not null references secrets (id),
    state text not null check (state in ('offered', 'ready', 'blocked')),
    host_key text,
    offered_key text,
    note text not null default '',
    added_by text not null,
    added_at bigint not null,
    seen_at bigint,
    -- Nothing is ready, or has been, without a pinned key.
    check (state = 'offered' or host_key is not null)
);
-- The database, not the code, guarantees one server per name.
create unique index servers_one_name on servers (guild_id, name);

-- Written before the world is touched and completed after. Nothing is ever deleted.
create table audit (
    id text primary key,
    reference text not null,
    guild_id text not null,
    actor_id text not null,
    actor_name text not null,
    way text not null,
    action text not null,
    target text,
    arguments text not null,
    plan text not null,
    digest text not null,
    approval_id text,
    -- How its way in can still answer whoever asked, should this process die; cleared when it is complete.
    reply_to text,
    outcome text not null check (outcome in
        ('started', 'waiting', 'done', 'failed', 'cancelled', 'timed_out', 'refused', 'interrupted')),
    detail text,
    started_at bigint not null,
    finished_at bigint
);
create index audit_by_reference on audit (reference);
create index audit_by_guild on audit (guild_id, started_at);
create index audit_open on audit (outcome) where outcome = 'started';

-- A question to a person. It is answered once: open becomes anything else by one compare-and-set.
create table approvals (
    id text primary key,
    guild_id text not null,
    action text not null,
    arguments text not null,
    digest text not null,
    plan text not null,
    asked_by text not null,
    state text not null check (state in ('open', 'granted', 'dismissed', 'expired')),
    created_at bigint not null,
    expires_at bigint not null,
    decided_by text,
    decided_at bigint
);

-- What a button does. Discord sees only the key.
create table buttons (
    key text primary key,
    guild_id text not null,
    press text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index buttons_by_expiry on buttons (expires_at);

-- Where the card of something still going on stands, so that a restart can tell the truth there.
create table live_cards (
    audit_id text primary key references audit (id),
    channel_id text not null,
    message_id text not null,
    created_at bigint not null
);
