create table cursor (
  consumer text    primary key,
  pos      integer not null,
  turn     integer not null,
  tries    integer not null default 0,
  span     integer not null default 0,
  due      integer not null default 0,
  error    text
) strict, without rowid;

create table parked (
  consumer text    not null,
  pos      integer not null,
  id       integer not null,
  name     text    not null,
  subject  integer not null,
  at       integer not null,
  actor    integer not null,
  body     text    not null,
  tries    integer not null,
  released integer not null,
  parked   integer not null,
  error    text,
  primary key (consumer, pos)
) strict, without rowid;
create index parked_subject on parked (consumer, subject, pos);
