-- One member's tickets, those that go on and those that are over, and the ticket of a post, where there are very many.
create index tickets_of_member_listed on tickets (guild_id, member_id, state, number);
create index tickets_by_forum_post on tickets (guild_id, forum_post) where forum_post is not null;
