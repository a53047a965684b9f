-- What people and the assistant say to each other: a conversation, in a thread of its own. How one goes is decided by a pure machine
-- whose state is `body`; the columns beside it are what is searched for.
create table conversations (
    id text primary key,
    guild_id text not null,
    -- 1, 2, 3 … in its guild: what people call it.
    number bigint not null,
    -- Where it was begun, and its thread once there is one.
    channel_id text not null,
    thread_id text,
    title text not null,
    mode text not null,
    -- The agent that speaks; none is the assistant itself.
    agent text,
    begun_by text not null,
    begun_at bigint not null,
    -- When something was last said.
    touched_at bigint not null,
    body text not null,
    -- Counts the machine's steps: who writes says which one was read.
    version bigint not null default 0,
    -- 1 while something is to be done in it.
    busy bigint not null default 0,
    -- Who wants it stopped, until that was heard.
    stop_by text
);
-- The database, not the code, guarantees one conversation a number and a thread.
create unique index conversations_by_number on conversations (guild_id, number);
create unique index conversations_by_thread on conversations (guild_id, thread_id) where thread_id is not null;
create index conversations_busy on conversations (id) where busy = 1;
create index conversations_latest on conversations (guild_id, touched_at);

-- What people said that was not heard yet. The id is their message's own, so that one is not said twice.
create table conversation_said (
    id text not null,
    conversation_id text not null,
    guild_id text not null,
    author_id text not null,
    name text not null,
    text text not null,
    -- What they attached, as JSON.
    files text not null,
    at bigint not null,
    heard bigint not null default 0,
    primary key (conversation_id, id)
);
create index conversation_said_unheard on conversation_said (conversation_id, at) where heard = 0;

-- Pictures that people attached, for models that see.
create table conversation_pictures (
    id text not null,
    conversation_id text not null,
    guild_id text not null,
    media_type text not null,
    bytes bytea not null,
    primary key (conversation_id, id)
);

-- Answers as people see them: one for each turn, drawn again as it changes.
create table conversation_answers (
    conversation_id text not null,
    guild_id text not null,
    turn bigint not null,
    -- What is shown, as JSON.
    body text not null,
    version bigint not null default 1,
    -- The version that stands in Discord, and the messages it stands in.
    drawn bigint not null default 0,
    messages text not null default '[]',
    primary key (conversation_id, turn)
);
create index conversation_answers_behind on conversation_answers (conversation_id) where drawn < version;
