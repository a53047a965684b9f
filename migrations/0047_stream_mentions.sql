-- Who is pinged for streams, and whether whoever wants it may have that role.

-- 1 where a button gives the role that is pinged: it is below the bot's own, no app's, and lets nobody do anything.
alter table stream_settings add column mention_given bigint not null default 1;
