-- People's accounts at platforms. An account is a person's own and no guild's; the guild is where they connected it, in whose name they are
-- told of what becomes of it.
create table accounts (
    id text primary key,
    user_id text not null,
    guild_id text not null,
    platform text not null check (platform in ('twitch', 'youtube', 'kick', 'spotify')),
    -- Who they are there: an id that stays, and what it is called.
    subject text not null,
    login text not null,
    name text not null,
    -- What they let us do, in the platform's words, with blanks between them.
    scopes text not null,
    state text not null check (state in ('good', 'ended')),
    -- Why it is to be connected again; and whether they were told.
    why text,
    untold bigint not null default 0,
    -- Both tokens, as JSON in the vault, sealed for the person. None of an account that ended.
    secret_id text references secrets (id),
    -- Counts every change of the tokens: who renewed those of another version has lost.
    version bigint not null default 1,
    expires_at bigint,
    connected_at bigint not null,
    good_at bigint not null,
    -- When it is to be looked at again, and how often in a row nobody answered.
    due_at bigint not null,
    failures bigint not null default 0,
    -- Whoever renews its tokens, and until when nobody else does.
    claim text,
    claimed_until bigint,
    check ((state = 'good') = (secret_id is not null))
);
-- Somebody has one account on each platform, and an account is of one person.
create unique index accounts_one_each on accounts (user_id, platform);
create unique index accounts_one_person on accounts (platform, subject);
create unique index accounts_by_secret on accounts (secret_id);
create index accounts_due on accounts (state, due_at);
create index accounts_untold on accounts (untold, id);

-- Consents that were begun: the link, then what came back with the browser, each known by its hash only and taken once.
create table account_consents (
    id text primary key,
    user_id text not null,
    guild_id text not null,
    -- Their name then, which the page shows.
    user_name text not null,
    platform text not null,
    scopes text not null,
    link_hash text not null unique,
    state_hash text unique,
    browser_hash text,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint,
    -- What came of it: connected, or why not, in a sentence.
    outcome text check (outcome in ('connected', 'denied', 'failed')),
    detail text
);
create index account_consents_old on account_consents (expires_at);
