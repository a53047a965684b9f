-- Finding who is first in line takes one look, however many wait: for one thing, and for their time.
create index runs_first_in_line on runs (guild_id, lease, priority desc, id) where state = 'queued' and lease is not null;
drop index runs_in_line;
create index runs_by_time on runs (due_at) where state = 'queued';
-- What was cancelled before it was begun is ended at once, and there is mostly none.
create index runs_to_end on runs (id) where state = 'queued' and cancelled_at is not null;
