-- A conversation may be a task that a model handed to another agent: it stands below the one it came from, has no thread of its own,
-- and puts its questions where that one stands.
alter table conversations add column parent_id text;
-- The turn of it that the task came from.
alter table conversations add column parent_turn bigint;
-- How many are above it.
alter table conversations add column depth bigint not null default 0;
-- The thread of the topmost one.
alter table conversations add column above_thread text;
create index conversations_below on conversations (parent_id) where parent_id is not null;
