-- Which incidents a page for everybody shows: `published` those of what is on it, `others` also that something else is wrong, in
-- general words.
alter table status_pages add column incidents text not null default 'published'
    check (incidents in ('published', 'others', 'none'));
