create table category (
  code text    not null primary key,
  name text    not null,
  open integer not null default 1
) strict, without rowid;

create table category_count (
  category text    not null primary key,
  requests integer not null
) strict, without rowid;

create table request (
  id          integer primary key,
  category    text    not null,
  status      text    not null,
  description text    not null,
  lat         integer not null,
  long        integer not null,
  cell        integer not null,
  reporter    integer,
  at          integer not null,
  updated     integer not null,
  version     integer not null
) strict;
create index request_status on request (status, id);
create index request_cell on request (status, cell, id);
