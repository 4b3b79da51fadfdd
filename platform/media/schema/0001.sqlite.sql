create table media (
  id        integer primary key,
  state     text    not null,
  purpose   text    not null,
  subject   integer,
  total     integer not null,
  received  integer not null,
  decodings integer not null,
  hash      blob,
  width     integer,
  height    integer,
  reason    text,
  at        integer not null,
  updated   integer not null,
  version   integer not null
) strict;
create index media_subject on media (purpose, subject, id) where subject is not null;
create index media_loose on media (at) where subject is null and state <> 'removed';
create index media_unfinished on media (state, at) where state in ('receiving', 'waiting');

create table media_chunk (
  media  integer not null,
  start  integer not null,
  bytes  integer not null,
  object text    not null,
  primary key (media, start)
) strict, without rowid;

create table media_picture (
  hash    blob    not null primary key,
  state   text    not null,
  refs    integer not null,
  width   integer not null,
  height  integer not null,
  touched integer not null
) strict, without rowid;
