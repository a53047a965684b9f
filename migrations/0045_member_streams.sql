-- Members' own streams, what guilds' logs were told of streams, and consents that outlive the process they were asked for in.

-- Whether members may have their own streams told of, and the role that it takes.
alter table stream_settings add column members_own bigint not null default 0;
alter table stream_settings add column members_role_id text;

-- 1 where the member whose channel it is follows it themselves: the proof is their account there. When Discord is asked about them next.
alter table stream_follows add column own bigint not null default 0;
alter table stream_follows add column prove_at bigint;
create index stream_follows_own on stream_follows (prove_at) where own = 1;
create index stream_follows_of_member on stream_follows (guild_id, member_id);

-- Own streams that ended and whose members are still to be told.
create table stream_endings (
    id text primary key,
    guild_id text not null,
    member_id text not null,
    platform text not null,
    name text not null,
    why text not null,
    at bigint not null
);

-- 1 once the guild's log was told that it is over.
alter table stream_posts add column end_logged bigint not null default 0;

-- A channel's address, as presence names it.
create index stream_channels_by_login on stream_channels (platform, login);

-- The audit entry that asks; what a platform gave and no account holds yet, sealed for the person, with what it lets us do and until when;
-- and 1 where the process that took it is gone.
alter table account_consents add column entry_id text;
alter table account_consents add column secret_id text references secrets (id);
alter table account_consents add column granted text;
alter table account_consents add column cut bigint not null default 0;
create index account_consents_of_entry on account_consents (entry_id);
create index account_consents_by_secret on account_consents (secret_id);
create index account_consents_cut on account_consents (cut) where cut = 1;

-- Tokens that nobody uses any more and the platform still counts: they are given back until it takes them.
create table account_returns (
    id text primary key,
    user_id text not null,
    platform text not null,
    -- Whose they are there; none where nobody could say so.
    subject text,
    secret_id text not null references secrets (id),
    since bigint not null,
    try_at bigint not null
);
create index account_returns_due on account_returns (try_at);
create index account_returns_by_secret on account_returns (secret_id);
