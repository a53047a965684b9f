-- What is being written beside a file on a server. The row is there before the bytes are, and goes when they took their place or
-- are gone: what it names belongs to nobody once the process that wrote it has ended.
create table file_parts (
    id text primary key,
    guild_id text not null,
    server_id text not null references servers (id) on delete cascade,
    path text not null,
    made_at bigint not null
);
create index file_parts_by_server on file_parts (server_id);
