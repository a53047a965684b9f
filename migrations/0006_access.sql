-- Who holds what: a role or a person, actions on targets. Whoever holds nothing may nothing; administrators hold everything.
create table grants (
    id text primary key,
    guild_id text not null,
    holder_kind text not null check (holder_kind in ('role', 'person')),
    -- @everyone is the role with the guild's own number.
    holder_id text not null,
    -- What it was called when this was given, for lists that cannot show mentions.
    holder_name text not null,
    action text not null,
    target text not null,
    given_by text not null,
    given_at bigint not null
);
create unique index grants_once on grants (guild_id, holder_kind, holder_id, action, target);

-- What needs whose yes, where a guild says otherwise than the defaults. The most specific rule decides.
create table policy_rules (
    id text primary key,
    guild_id text not null,
    action text not null,
    target text not null,
    risk text not null check (risk in ('any', 'observe', 'change', 'destroy')),
    asker text not null check (asker in ('any', 'person', 'model', 'automation')),
    need text not null check (need in ('never', 'confirm', 'approve', 'four_eyes')),
    -- How long a question stays open, in milliseconds; null is the default.
    lasts bigint,
    set_by text not null,
    set_at bigint not null
);
create unique index policy_rules_once on policy_rules (guild_id, action, target, risk, asker);

-- What a question is about and who may answer it. Rows of before are questions to whoever asked.
alter table approvals add column need text not null default 'confirm';
alter table approvals add column policy_version bigint not null default 0;
alter table approvals add column way text not null default 'command';
alter table approvals add column agent text;
alter table approvals add column target text;
alter table approvals add column why text not null default '';
alter table approvals add column because text;
-- What whoever answers must hold, in words, and how much it can hurt.
alter table approvals add column takes text not null default '';
alter table approvals add column risk text not null default 'destroy';
-- The reference of the request in the audit log.
alter table approvals add column reference text;
-- The arguments as people may see them.
alter table approvals add column shown text not null default '{}';
-- The arguments with their secrets, where there are any: a row of the vault, while the question is open.
alter table approvals add column sealed_id text references secrets (id);
-- Where its card stands.
alter table approvals add column channel_id text;
alter table approvals add column message_id text;
-- When to say that it still waits, and when that was said.
alter table approvals add column remind_at bigint;
alter table approvals add column reminded_at bigint;
-- In words, why it is no longer open.
alter table approvals add column ended text;
-- Whether its card has still to say that it is no longer open: 1 until Discord took that.
alter table approvals add column untold bigint not null default 0;
create index approvals_open on approvals (expires_at) where state = 'open';
create index approvals_untold on approvals (id) where untold = 1;

create index audit_log_by_approval on audit_log (approval_id) where approval_id is not null;

-- Who said yes to a question. The database, not the code, counts nobody twice.
create table approval_votes (
    approval_id text not null references approvals (id),
    user_id text not null,
    voted_at bigint not null,
    primary key (approval_id, user_id)
);
