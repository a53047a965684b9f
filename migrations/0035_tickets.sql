-- Tickets: members ask for help, staff answer. A panel is a message in a channel; its categories say who may ask, what they are
-- asked, and who answers. How a ticket goes is decided by a pure machine; its row changes by compare-and-set on `version`.

-- Whoever opens a ticket takes its guild's row first, so limits are counted by one at a time.
create table ticket_guilds (
    guild_id text primary key,
    -- The last number that was given.
    last_number bigint not null default 0
);

create table ticket_panels (
    id text primary key,
    guild_id text not null,
    name text not null,
    title text not null,
    text text not null,
    -- As red, green and blue in one number; none is grey.
    colour bigint,
    style text not null check (style in ('buttons', 'menu')),
    -- Counts its changes and its categories'.
    version bigint not null default 1,
    -- Where it was sent; none where it was not.
    channel_id text,
    -- Messages that were tried before, and the key under which this one was asked for.
    tries bigint not null default 0,
    post_key text,
    message_id text,
    -- The change that its message shows, and since when it does.
    drawn bigint not null default 0,
    drawn_at bigint,
    -- Nothing is shown before.
    try_at bigint,
    -- Why it could not be shown, in words.
    trouble text
);
create unique index ticket_panels_by_name on ticket_panels (guild_id, name);
create index ticket_panels_sent on ticket_panels (guild_id) where channel_id is not null;

create table ticket_categories (
    id text primary key,
    guild_id text not null,
    panel_id text not null,
    name text not null,
    emoji text,
    description text not null default '',
    priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
    -- In milliseconds, between two tickets of one member; 0 is none.
    cooldown bigint not null default 0,
    -- Open at once, of one member.
    most_open bigint not null default 1,
    -- Minutes of the day on the clocks of `zone`; none where it is always open.
    opens bigint,
    closes bigint,
    zone text not null default 'UTC',
    -- Targets in milliseconds; 0 is none.
    answer_within bigint not null default 0,
    solve_within bigint not null default 0,
    -- So long the member is asked before a ticket is closed; 0 closes at once.
    ask_for bigint not null default 0,
    -- After so long without a word of the member's they are warned once, and after as long again it is closed; 0 is never.
    idle_for bigint not null default 0,
    created_at bigint not null
);
create unique index ticket_categories_by_name on ticket_categories (guild_id, name);
create index ticket_categories_of_panel on ticket_categories (panel_id);

-- Roles of a category: whose holders answer, who must be held to ask, and whose holders may not.
create table ticket_category_roles (
    category_id text not null,
    guild_id text not null,
    role_id text not null,
    part text not null check (part in ('staff', 'required', 'excluded')),
    primary key (category_id, role_id, part)
);

-- What whoever opens a ticket is asked.
create table ticket_questions (
    category_id text not null,
    guild_id text not null,
    place bigint not null,
    label text not null,
    hint text not null,
    long bigint not null,
    required bigint not null,
    -- Characters of an answer.
    least bigint not null,
    most bigint not null,
    primary key (category_id, place)
);

create table tickets (
    id text primary key,
    guild_id text not null,
    -- 1, 2, 3 … in its guild: what people call it.
    number bigint not null,
    -- What it was asked for by: asked for twice, it is opened once.
    ask_key text not null,
    category_id text not null,
    -- Whose it is.
    member_id text not null,
    title text not null,
    -- Questions and answers, as JSON.
    answers text not null,
    -- A link to the message that it is about.
    about text,
    state text not null check (state in ('open', 'waiting_staff', 'waiting_member', 'resolved', 'closed')),
    priority text not null check (priority in ('low', 'normal', 'high', 'urgent')),
    owner_id text,
    opened_at bigint not null,
    -- When staff answered first.
    answered_at bigint,
    -- Until when that should be.
    answer_by bigint,
    -- Until when it should be solved; and how long is left of that while it waits for the member.
    solve_by bigint,
    solve_left bigint,
    -- 1 once staff were told that it is late.
    answer_late bigint not null default 0,
    solve_late bigint not null default 0,
    -- How long the member may say nothing while it is their turn, until when, and 1 once they were warned.
    idle_for bigint not null default 0,
    idle_at bigint,
    idle_warned bigint not null default 0,
    -- When it closes by itself, where the member was asked.
    closes_at bigint,
    -- When time alone changes something.
    due_at bigint,
    ended_at bigint,
    outcome text check (outcome in ('solved', 'declined', 'duplicate', 'no_answer', 'other')),
    reason text,
    ended_by text,
    -- The last message that was heard in it.
    heard text,
    -- Counts its changes.
    version bigint not null default 1,
    -- Its thread: under which channel, when it was tried, and where it is.
    parent_id text not null,
    tried_at bigint,
    thread_id text,
    -- 1 once those who answer are in it.
    staffed bigint not null default 0,
    -- What it is called there, and 1 while it is locked there.
    named text,
    locked bigint not null default 0,
    -- Its card.
    tries bigint not null default 0,
    post_key text,
    message_id text,
    drawn bigint not null default 0,
    -- 1 while something of it is not shown yet.
    behind bigint not null default 1,
    try_at bigint,
    trouble text
);
-- The database, not the code, guarantees one ticket a number, one for what was asked once, and one in a thread.
create unique index tickets_by_number on tickets (guild_id, number);
create unique index tickets_by_key on tickets (guild_id, ask_key);
create unique index tickets_by_thread on tickets (thread_id) where thread_id is not null;
create index tickets_of_member on tickets (guild_id, member_id, category_id, opened_at);
create index tickets_going_on on tickets (guild_id, number) where state <> 'closed';
create index tickets_behind on tickets (number) where behind = 1;
create index tickets_due on tickets (due_at) where due_at is not null;

-- Who is in a ticket's thread: whose it is, who answers, and who was brought along.
create table ticket_people (
    ticket_id text not null,
    guild_id text not null,
    user_id text not null,
    part text not null check (part in ('member', 'staff', 'guest')),
    -- 1 where they are to be there, and 1 where they are.
    wanted bigint not null default 1,
    there bigint not null default 0,
    primary key (ticket_id, user_id)
);
create index ticket_people_behind on ticket_people (ticket_id) where wanted <> there;

-- What happened with a ticket, a line each. What is said in its thread is a post under a key; a note is for staff only.
create table ticket_events (
    ticket_id text not null,
    guild_id text not null,
    line bigint not null,
    at bigint not null,
    actor_id text,
    kind text not null,
    text text not null,
    -- The key of the post that says it; 'silent' where it is not said.
    post text,
    primary key (ticket_id, line)
);
create index ticket_events_unsaid on ticket_events (ticket_id) where post is null;

-- Who may open none.
create table ticket_blocks (
    guild_id text not null,
    user_id text not null,
    reason text not null,
    blocked_by text not null,
    at bigint not null,
    primary key (guild_id, user_id)
);
