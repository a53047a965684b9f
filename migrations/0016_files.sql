-- Which directories of a server people may reach files in: canonical paths, as the server itself resolved them.
create table file_roots (
    id text primary key,
    guild_id text not null,
    server_id text not null references servers (id) on delete cascade,
    path text not null,
    added_by text not null,
    added_at bigint not null
);
-- The database, not the code, guarantees one row a directory.
create unique index file_roots_one_path on file_roots (server_id, path);
create index file_roots_by_guild on file_roots (guild_id, server_id);

-- What stood at a path before it was changed. The row is written before the server is touched; the server keeps the bytes.
create table file_versions (
    id text primary key,
    guild_id text not null,
    server_id text not null references servers (id) on delete cascade,
    path text not null,
    -- Where the server keeps it; none where there was nothing before.
    kept text,
    -- What was there and what took its place: `sha256:…`, `none`, or size and time of what is too large to hash.
    before_was text not null,
    after_is text not null,
    size bigint not null,
    mode bigint not null,
    owner_user bigint not null,
    owner_group bigint not null,
    made_by text not null,
    made_at bigint not null
);
create index file_versions_by_path on file_versions (guild_id, server_id, path, made_at);
create index file_versions_by_age on file_versions (made_at);
