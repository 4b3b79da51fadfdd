create table import_file (
  id       integer primary key,
  source   blob    not null unique,
  name     text    not null,
  done     integer not null,
  total    integer not null,
  lines    integer not null,
  added    integer not null,
  known    integer not null,
  rejected integer not null,
  at       integer not null,
  updated  integer not null
) strict;

create table import_key (
  key     text    not null primary key,
  request integer not null
) strict, without rowid;
