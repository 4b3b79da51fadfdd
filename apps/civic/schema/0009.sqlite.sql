alter table follower add column confirmed integer not null default 1;

create table follower_asked (
  address blob    not null,
  day     integer not null,
  asked   integer not null,
  primary key (address, day)
) strict, without rowid;
create index follower_asked_day on follower_asked (day);

create table address_set (
  id      integer primary key,
  version integer not null
) strict;
