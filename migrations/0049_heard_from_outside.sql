-- The hub of YouTube's feeds is told an address of its own for each channel: it is asked anew for what it tells at the one before.
update stream_subscriptions set try_at = 0 where platform = 'youtube';

-- When a platform said itself that nothing is left of a day, whatever we used of it.
alter table stream_quota add column over_at bigint;
