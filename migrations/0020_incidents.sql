-- Incidents: what is wrong, from its first alert to the last word. How one goes is decided by a pure machine whose state is `body`;
-- the columns beside it are what is searched for, and where people see it.
create table incidents (
    id text primary key,
    guild_id text not null,
    -- 1, 2, 3 … in its guild: what people call it.
    number bigint not null,
    state text not null check (state in ('open', 'resolved', 'folded')),
    -- How bad it is: 1 warns, 2 is critical.
    level bigint not null,
    -- What is wrong, and on what, in a few words.
    subject text not null,
    opened_at bigint not null,
    ended_at bigint,
    -- When time alone changes something; none where it does not.
    due_at bigint,
    body text not null,
    -- Counts its changes.
    version bigint not null,
    -- The change that its message shows, and since when it does.
    drawn bigint not null default 0,
    drawn_at bigint,
    -- 1 while something of it is not shown yet.
    behind bigint not null default 1,
    -- Nothing is shown before.
    try_at bigint,
    -- Its message: asked for under this key, standing there; and the thread on it, 0 where there can be none.
    tries bigint not null default 0,
    post_key text,
    channel_id text,
    message_id text,
    thread_id text,
    -- Why it could not be shown, in words.
    trouble text
);
-- The database, not the code, guarantees one incident a number.
create unique index incidents_by_number on incidents (guild_id, number);
create index incidents_open on incidents (guild_id) where state = 'open';
create index incidents_ended on incidents (guild_id, ended_at);
create index incidents_due on incidents (due_at) where due_at is not null;
create index incidents_behind on incidents (number) where behind = 1;

-- What happened with an incident, a line each; shown in its thread, several at a time.
create table incident_lines (
    incident_id text not null,
    guild_id text not null,
    line bigint not null,
    at bigint not null,
    text text not null,
    -- Who is pinged with it: `crew`, `escalation`, a user's id; none is nobody.
    ping text,
    -- The key of the post that shows it.
    post text,
    primary key (incident_id, line)
);
create index incident_lines_unposted on incident_lines (incident_id) where post is null;

-- How each guild wants it. Whoever changes anything of a guild's incidents takes its row's lock first.
create table incident_guilds (
    guild_id text primary key,
    turn bigint not null default 0,
    -- The last number that was given.
    last_number bigint not null default 0,
    -- Events up to this one are dealt with here.
    seen bigint not null default 0,
    crew_role_id text,
    escalation_role_id text,
    -- In milliseconds; 0 is never.
    escalate_after bigint not null default 900000,
    calm bigint not null default 300000,
    -- Minutes of the day; none where no hours are quiet.
    quiet_from bigint,
    quiet_to bigint,
    zone text not null default 'UTC'
);
