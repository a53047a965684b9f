-- The secrets of a guild that have a name. Their values are in `secrets`; a rotation seals the new value in the same row, so
-- whatever uses the secret has it, and keeps the one before in a row of its own, so that it stays masked in old logs.
create table named_secrets (
    id text primary key,
    guild_id text not null,
    name text not null,
    secret_id text not null references secrets (id),
    previous_id text references secrets (id),
    versions bigint not null check (versions >= 1),
    set_by text not null,
    set_at bigint not null,
    rotated_by text,
    rotated_at bigint
);
-- The database, not the code, guarantees one secret per name; capitals do not tell two apart.
create unique index named_secrets_one_name on named_secrets (guild_id, lower(name));
create unique index named_secrets_by_value on named_secrets (secret_id);
create index servers_by_secret on servers (secret_id);

-- Set while `nebula key rotate` is at work: this key takes the place of that one. The old row goes with the last secret.
alter table vault_keys add column replaces text;
-- What a rotation looks for: the secrets that are still sealed with a key.
create index secrets_by_key on secrets (key_id, id);
