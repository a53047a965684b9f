-- Streams: who is followed where, what is live, and what was told of it.

-- How a guild tells of streams.
create table stream_settings (
    guild_id text primary key,
    -- Where they are told, and since when there is such a place.
    channel_id text,
    told_from bigint,
    -- Who is pinged, and what a member is given while they are live.
    mention_id text,
    live_role_id text,
    template text not null,
    -- Milliseconds between two announcements of one channel; 0 is none.
    cooldown bigint not null default 0,
    -- Minutes of the day on the clocks of `zone` in which nobody is pinged.
    quiet_from bigint,
    quiet_to bigint,
    zone text not null default 'UTC',
    -- As JSON.
    filters text not null,
    changed_at bigint not null
);

-- A channel of a platform. It is no guild's: whoever follows it shares it.
create table stream_channels (
    id text primary key,
    platform text not null check (platform in ('twitch', 'youtube', 'kick')),
    platform_id text not null,
    login text not null,
    name text not null,
    -- When the platform said last what is live there, and when that was nothing.
    known_at bigint,
    quiet_at bigint,
    -- Since when it could not be asked, and why.
    unknown_since bigint,
    trouble text,
    look_at bigint not null,
    added_at bigint not null
);
create unique index stream_channels_by_platform on stream_channels (platform, platform_id);
create index stream_channels_due on stream_channels (platform, look_at);

create table stream_follows (
    id text primary key,
    guild_id text not null,
    stream_channel text not null references stream_channels (id),
    -- What differs from the guild's own settings; none where it does not.
    channel_id text,
    template text,
    filters text,
    -- The member whose channel it is, where somebody said so.
    member_id text,
    added_by text not null,
    added_at bigint not null
);
create unique index stream_follows_once on stream_follows (guild_id, stream_channel);
create index stream_follows_of_channel on stream_follows (stream_channel);

-- A stream, under the one key that every source of it ends at.
create table stream_lives (
    id text primary key,
    stream_channel text not null references stream_channels (id),
    platform text not null,
    stream_key text not null,
    kind text not null check (kind in ('live', 'rerun', 'premiere')),
    title text not null,
    game text not null,
    -- As JSON.
    tags text not null,
    picture text,
    vod text,
    viewers bigint,
    peak bigint,
    started_at bigint not null,
    found_at bigint not null,
    -- When the platform itself said last that it is live; none where only an event did.
    seen_at bigint,
    -- Since when it is not seen any more, and when that was its end.
    gone_at bigint,
    ended_at bigint,
    -- 1 where it was no old news as it was found.
    news bigint not null,
    -- Counts what is shown of it.
    version bigint not null default 1,
    -- 1 while somebody who follows it may not have been told.
    untold bigint not null default 1
);
-- The database, not the code, guarantees one stream a key.
create unique index stream_lives_by_key on stream_lives (platform, stream_key);
create index stream_lives_of_channel on stream_lives (stream_channel, started_at);
create index stream_lives_going_on on stream_lives (stream_channel) where ended_at is null;
create index stream_lives_untold on stream_lives (found_at) where untold = 1;

-- What was told: the claim of an announcement, and its message.
create table stream_posts (
    id text primary key,
    guild_id text not null,
    platform text not null,
    stream_key text not null,
    channel_id text not null,
    stream_channel text not null,
    live_id text not null,
    member_id text,
    state text not null check (state in ('told', 'skipped', 'gone', 'over')),
    -- Why it was skipped, or is gone.
    why text,
    -- What it says on top, with the role that it pings.
    words text not null,
    mention_id text,
    made_at bigint not null,
    message_id text,
    -- The version that it shows, and since when.
    drawn bigint not null default 0,
    drawn_at bigint,
    try_at bigint
);
-- The database, not the code, guarantees one announcement of a stream in a channel of a guild.
create unique index stream_posts_once on stream_posts (platform, stream_key, guild_id, channel_id);
create index stream_posts_of_live on stream_posts (live_id) where state = 'told';
create index stream_posts_of_channel on stream_posts (guild_id, stream_channel, made_at);

-- Roles that members have while they are live.
create table stream_roles (
    guild_id text not null,
    member_id text not null,
    role_id text not null,
    live_id text not null,
    -- 1 where they are to have it, and 1 where we gave it.
    wanted bigint not null default 1,
    given bigint not null default 0,
    try_at bigint,
    primary key (guild_id, member_id, role_id, live_id)
);
create index stream_roles_behind on stream_roles (guild_id) where wanted <> given;

-- Videos of YouTube that are or may become live: what is asked about, and when.
create table stream_videos (
    video_id text primary key,
    stream_channel text not null references stream_channels (id),
    look_at bigint,
    scheduled_at bigint,
    found_at bigint not null
);
create index stream_videos_due on stream_videos (look_at) where look_at is not null;
create index stream_videos_of_channel on stream_videos (stream_channel);

-- What a platform's allowance of a day was used for. A day is the platform's own.
create table stream_quota (
    platform text not null,
    day text not null,
    used bigint not null,
    primary key (platform, day)
);

-- Signed events that came in: each is heard once, answered before anything is done, and done after that.
create table stream_deliveries (
    platform text not null,
    message_id text not null,
    subject text not null,
    body text not null,
    came_at bigint not null,
    done_at bigint,
    primary key (platform, message_id)
);
create index stream_deliveries_open on stream_deliveries (came_at) where done_at is null;
create index stream_deliveries_old on stream_deliveries (came_at);

-- What we asked a platform to tell us of.
create table stream_subscriptions (
    platform text not null,
    stream_channel text not null references stream_channels (id),
    subject text not null,
    -- The platform's own name for it.
    their_id text,
    state text not null check (state in ('wanted', 'asked', 'on', 'refused')),
    -- Until when it lasts, where it ends by itself.
    lasts_until bigint,
    try_at bigint not null,
    tries bigint not null default 0,
    trouble text,
    primary key (platform, stream_channel, subject)
);
create index stream_subscriptions_due on stream_subscriptions (try_at);

-- By what signed events are known to come from a platform that we told.
create table stream_secrets (
    platform text primary key,
    secret_id text not null references secrets (id)
);
