create table dispatch_known (
  worker   integer primary key,
  admitted integer not null,
  at       integer not null
) strict;
create index dispatch_known_asked on dispatch_known (worker) where admitted = 0;

create table dispatch_worker (
  worker     integer primary key,
  mode       integer not null,
  capacity   integer not null,
  load       integer not null,
  on_duty    integer not null,
  since      integer not null,
  idle_since integer not null,
  earned     integer not null,
  earned_day integer not null
) strict;
create index dispatch_worker_on_duty on dispatch_worker (on_duty, worker);

create table worker_position (
  worker   integer primary key,
  lat      integer not null,
  long     integer not null,
  at       integer not null,
  sequence integer not null,
  heading  integer,
  speed    integer,
  accuracy integer,
  heard    integer not null
) strict;

create table position_sample (
  id       integer primary key,
  worker   integer not null,
  lat      integer not null,
  long     integer not null,
  at       integer not null,
  sequence integer not null,
  heading  integer,
  speed    integer,
  accuracy integer,
  heard    integer not null
) strict;
create index position_sample_worker on position_sample (worker, id);

create table dispatch_job (
  id          integer primary key,
  kind        text    not null,
  subject     integer not null,
  pickup_lat  integer not null,
  pickup_long integer not null,
  drop_lat    integer not null,
  drop_long   integer not null,
  ready       integer not null,
  due         integer not null,
  load        integer not null,
  modes       integer not null,
  pay         integer not null,
  state       text    not null,
  worker      integer,
  picked_up   integer not null,
  tries       integer not null,
  ring        integer not null,
  look        integer not null,
  alerted     integer not null,
  since       integer not null,
  ended       integer,
  version     integer not null
) strict;
create unique index dispatch_job_subject on dispatch_job (kind, subject);
create index dispatch_job_state on dispatch_job (state, look, id);
create index dispatch_job_worker on dispatch_job (worker, state, id);

create table dispatch_offer (
  id      integer primary key,
  job     integer not null,
  worker  integer not null,
  state   text    not null,
  metres  integer not null,
  seconds integer not null,
  made    integer not null,
  expires integer not null,
  ended   integer
) strict;
create index dispatch_offer_job on dispatch_offer (job, state, id);
create index dispatch_offer_worker on dispatch_offer (worker, state, id);
create index dispatch_offer_expires on dispatch_offer (state, expires);
