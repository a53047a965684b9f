-- What is watched in a guild, and from what on it is wrong. Every guild begins with rules that stand in the program: a row of
-- such a rule's name takes its place.
create table alert_rules (
    id text primary key,
    guild_id text not null,
    name text not null,
    -- `cpu` and other measures of servers, `container`, or `event:` and a kind of event.
    what text not null,
    -- In which direction it gets worse.
    worse text not null check (worse in ('above', 'below')),
    -- In hundredths: of a percent, of a load, of a degree; a number of events as it is.
    warn bigint,
    critical bigint,
    -- For how long it must be wrong, and well again, before that counts; of events, within what they are counted. Milliseconds.
    lasts bigint not null,
    calm bigint not null,
    -- `all`, a server's name, or `tag:` and a tag.
    scope text not null,
    -- What is run when it opens, how long it is not run again, and how often in an hour at most.
    runbook text,
    cooldown bigint,
    most bigint,
    -- 1 where nothing is watched by it.
    off bigint not null,
    set_by text not null,
    set_at bigint not null
);
-- The database, not the code, guarantees one rule of a name.
create unique index alert_rules_one on alert_rules (guild_id, name);

-- How a rule stands with one thing, as long as that is not simply well.
create table alerts (
    id text primary key,
    guild_id text not null,
    -- A rule's id, `default/` and a name, or a probe's id.
    rule_id text not null,
    rule text not null,
    subject_kind text not null check (subject_kind in ('server', 'container', 'service', 'probe')),
    subject_id text not null,
    subject text not null,
    -- The server it is on, if any.
    server text,
    server_id text,
    level text not null check (level in ('fine', 'warn', 'critical')),
    -- How it is, in a few words.
    words text not null,
    opened_at bigint,
    -- All that tells what comes next, as JSON: what was told stands in it, so no restart tells it again.
    state text not null,
    seen_at bigint not null
);
-- The database, not the code, guarantees one alert of a rule about one thing.
create unique index alerts_one on alerts (guild_id, rule_id, subject_kind, subject_id);

-- When what was told of a container was seen to be over; until then it is looked at from time to time.
alter table container_incidents add column over_ns bigint;

-- What is asked from outside, again and again: does it answer as it should?
create table probes (
    id text primary key,
    guild_id text not null,
    name text not null,
    kind text not null check (kind in ('http', 'tcp', 'ping', 'dns', 'certificate', 'command')),
    -- An address, a name, or a command line.
    target text not null,
    -- What must be so besides, as JSON: a status, words.
    expects text not null,
    -- How often, and how long an answer may take. Milliseconds.
    every bigint not null,
    within_ms bigint not null,
    -- For how long it must be wrong, and well again.
    lasts bigint not null,
    calm bigint not null,
    -- In days, of a certificate.
    warn bigint,
    critical bigint,
    -- The server it is about, if any: its name when it was set, and its id.
    server text,
    server_id text,
    runbook text,
    cooldown bigint,
    most bigint,
    set_by text not null,
    set_at bigint not null,
    -- The last answer: `well`, `wrong` or `unknown`, in words, and since when it is so.
    answer text check (answer in ('well', 'wrong', 'unknown')),
    words text,
    asked_at bigint,
    since bigint
);
-- The database, not the code, guarantees one probe of a name.
create unique index probes_one on probes (guild_id, name);
