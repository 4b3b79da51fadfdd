create table map_count (
  id     integer primary key,
  counts blob    not null
) strict;

create table trend_count (
  id     integer primary key,
  counts blob    not null
) strict;

create table counted_name (
  follower text    not null,
  kind     text    not null,
  number   integer not null,
  name     text    not null,
  primary key (follower, kind, number)
) strict, without rowid;

drop index request_at;
drop index request_cell;
create index request_cell on request (status, cell, id, category, at, hidden, merged);
