-- What a guild changed of the list of harmless commands: rules of its own, and shipped ones it does not want.
create table harmless_changes (
    guild_id text not null,
    rule text not null,
    change text not null check (change in ('added', 'removed')),
    changed_by text not null,
    changed_at bigint not null,
    -- The database, not the code, guarantees that a rule is changed once.
    primary key (guild_id, rule)
);

-- A server's tags, for grants and rules on `tag:…`: words with a space between each two.
alter table servers add column tags text not null default '';
