-- By what something that was said in a chat is taken back: the message itself, whoever wrote it, or all of the chat. What happens besides has
-- none of them.
alter table overlay_events add column said text;
alter table overlay_events add column author text;
alter table overlay_events add column place text;
create index overlay_events_said on overlay_events (guild_id) where said is not null;
