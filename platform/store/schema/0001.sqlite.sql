create table event (
  pos     integer primary key,
  id      integer not null,
  name    text    not null,
  subject integer not null,
  at      integer not null,
  actor   integer not null,
  body    text    not null
) strict;

create table job (
  id       integer primary key,
  kind     text    not null,
  body     text    not null,
  key      text,
  priority integer not null,
  due      integer not null,
  state    text    not null default 'waiting' check (state in ('waiting', 'running', 'done', 'dead')),
  attempts integer not null default 0,
  lease    integer not null default 0,
  holder   integer not null default 0,
  error    text,
  actor    integer not null,
  at       integer not null
) strict;
create unique index job_key on job (key) where key is not null and state in ('waiting', 'running');
create index job_due on job (state, priority desc, due);
