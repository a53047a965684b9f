-- Whose accounts feed a guild's overlays, as their people themselves said. Another account that somebody connects later is none that they
-- named, so who they are there is kept too.
create table overlay_sources (
    guild_id text not null,
    user_id text not null,
    platform text not null check (platform in ('twitch', 'kick', 'spotify')),
    subject text not null,
    since bigint not null,
    primary key (guild_id, user_id, platform)
);
create index overlay_sources_at on overlay_sources (platform, user_id);

-- When a platform is asked to tell of something no longer that nobody needs any more; asked again until it is done.
alter table stream_subscriptions add column end_at bigint;
