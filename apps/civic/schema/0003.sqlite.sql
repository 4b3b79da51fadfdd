create table area_set (
  kind    text    not null primary key,
  version integer not null,
  areas   integer not null,
  at      integer not null
) strict, without rowid;

create table area (
  kind    text    not null,
  code    text    not null,
  name    text    not null,
  west    integer not null,
  south   integer not null,
  east    integer not null,
  north   integer not null,
  version integer not null,
  shape   blob    not null,
  primary key (kind, code)
) strict;

create table address_street (
  id    integer primary key,
  name  text    not null,
  place text    not null,
  words text    not null,
  lat   integer not null,
  long  integer not null
) strict;

create table address_word (
  word   text    not null,
  street integer not null,
  primary key (word, street)
) strict, without rowid;

create table address_point (
  id       integer primary key,
  street   integer not null,
  number   text    not null,
  low      integer not null,
  high     integer not null,
  unit     text    not null,
  postcode text    not null,
  lat      integer not null,
  long     integer not null,
  cell     integer not null
) strict;
create index address_point_street on address_point (street, low, id);
create index address_point_cell on address_point (cell, id);

create table working_hours (
  weekday integer primary key,
  spans   text    not null
) strict;

create table holiday (
  day   integer primary key,
  name  text    not null,
  spans text    not null
) strict;

create table calendar_part (
  part    text    not null primary key,
  version integer not null,
  at      integer not null
) strict, without rowid;
