-- What is said in tickets: written down as it happens, with its files, so that it can be read, found and forgotten when Discord no
-- longer has it.

-- Where transcripts are posted; none is nowhere. And so long after its end a ticket's words are kept, in milliseconds; 0 is for ever.
alter table ticket_guilds add column log_channel text;
alter table ticket_guilds add column retention bigint not null default 0;

-- The version whose words can be found; -1 has all of them written anew.
alter table tickets add column indexed bigint not null default 0;
-- When its words were forgotten; what is left is for numbers.
alter table tickets add column forgotten_at bigint;
create index tickets_unindexed on tickets (number) where indexed < version;

create table ticket_messages (
    ticket_id text not null,
    guild_id text not null,
    -- Discord's number: by it they stand in their order.
    message bigint not null,
    author_id text not null,
    author text not null,
    is_bot bigint not null,
    -- The message it answers.
    answers bigint,
    -- Its text, embeds, cards and stickers, as JSON, without secrets.
    says text not null,
    edited_at bigint,
    -- When it was heard to be deleted.
    deleted_at bigint,
    -- 1 where Discord has more of it than was heard: it is read again there.
    partial bigint not null default 0,
    -- 1 where nothing of it may be kept any more.
    forgotten bigint not null default 0,
    primary key (ticket_id, message)
);
create index ticket_messages_of on ticket_messages (guild_id, author_id);

-- What a message said before it was edited.
create table ticket_message_edits (
    ticket_id text not null,
    guild_id text not null,
    message bigint not null,
    edit bigint not null,
    -- Until when it said so.
    at bigint not null,
    says text not null,
    primary key (ticket_id, message, edit)
);

create table ticket_reactions (
    ticket_id text not null,
    guild_id text not null,
    message bigint not null,
    emoji text not null,
    count bigint not null,
    primary key (ticket_id, message, emoji)
);

-- Files that came with messages. What is in them is kept under its hash, once for a guild.
create table ticket_files (
    ticket_id text not null,
    guild_id text not null,
    message bigint not null,
    file_id text not null,
    name text not null,
    -- What whoever sent it says that it is.
    declared text not null,
    size bigint not null,
    -- Where Discord has it.
    url text not null,
    -- What it holds, and what that is by its first bytes.
    sha256 text,
    kind text,
    -- Why it is not kept.
    why text,
    tries bigint not null default 0,
    -- When it is fetched next; none where it is kept, or never will be.
    try_at bigint,
    primary key (ticket_id, message, file_id)
);
create index ticket_files_wanted on ticket_files (try_at) where try_at is not null;
create index ticket_files_holding on ticket_files (guild_id, sha256);

create table ticket_blobs (
    guild_id text not null,
    sha256 text not null,
    size bigint not null,
    primary key (guild_id, sha256)
);
create table ticket_blob_pieces (
    guild_id text not null,
    sha256 text not null,
    place bigint not null,
    bytes bytea not null,
    primary key (guild_id, sha256, place)
);

-- Whoever wants to be forgotten: what they said up to then is not written down again, wherever it still stands.
create table ticket_forgotten (
    guild_id text not null,
    user_id text not null,
    at bigint not null,
    primary key (guild_id, user_id)
);

-- A transcript is wanted as its ticket closes, in one transaction with that, and made part by part.
create table ticket_transcripts (
    ticket_id text primary key,
    guild_id text not null,
    -- Counts what was wanted, and what was made.
    wanted bigint not null,
    made bigint not null default 0,
    try_at bigint,
    -- Up to this message all that Discord has was read; and how far it is being read now: from the first back to before the second.
    walked bigint not null default 0,
    walk_from bigint,
    walk_before bigint,
    -- The next part, and the message after which it begins.
    part bigint not null default 1,
    after bigint not null default 0,
    trouble text
);
create index ticket_transcripts_due on ticket_transcripts (try_at) where try_at is not null;

-- Where parts of transcripts were posted. What says too much by now is taken away there.
create table ticket_transcript_posts (
    ticket_id text not null,
    guild_id text not null,
    made bigint not null,
    part bigint not null,
    form text not null check (form in ('html', 'json')),
    channel_id text not null,
    post_key text not null,
    message_id text,
    -- When it is to be taken away.
    gone_at bigint,
    primary key (ticket_id, made, part, form)
);
create index ticket_transcript_posts_gone on ticket_transcript_posts (gone_at) where gone_at is not null;

-- Addresses under which a transcript is read. Only their hashes are kept.
create table ticket_links (
    key_hash text primary key,
    guild_id text not null,
    ticket_id text not null,
    made_by text not null,
    made_at bigint not null
);
create index ticket_links_of on ticket_links (ticket_id);

-- Which words are in which ticket: what search reads. A ticket's id grows with time.
create table ticket_words (
    guild_id text not null,
    word text not null,
    ticket_id text not null,
    primary key (guild_id, word, ticket_id)
);
create index ticket_words_of on ticket_words (ticket_id);
create index ticket_transcript_posts_on_their_way on ticket_transcript_posts (guild_id) where message_id is null;
