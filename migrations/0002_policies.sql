-- How often a guild's policy was changed: an answer to a question counts only under the policy it was asked under.
create table policies (
    guild_id text primary key,
    version bigint not null
);
