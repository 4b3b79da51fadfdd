create table dispatch_known (
  market   bigint not null default iroko_market(),
  worker   bigint not null,
  admitted bigint not null,
  at       bigint not null,
  primary key (market, worker)
) partition by list (market);
create index dispatch_known_asked on dispatch_known (market, worker) where admitted = 0;
select iroko_isolate('dispatch_known');

create table dispatch_worker (
  market     bigint not null default iroko_market(),
  worker     bigint not null,
  mode       bigint not null,
  capacity   bigint not null,
  load       bigint not null,
  on_duty    bigint not null,
  since      bigint not null,
  idle_since bigint not null,
  earned     bigint not null,
  earned_day bigint not null,
  primary key (market, worker)
) partition by list (market);
create index dispatch_worker_on_duty on dispatch_worker (market, on_duty, worker);
select iroko_isolate('dispatch_worker');

create table worker_position (
  market   bigint not null default iroko_market(),
  worker   bigint not null,
  lat      bigint not null,
  long     bigint not null,
  at       bigint not null,
  sequence bigint not null,
  heading  bigint,
  speed    bigint,
  accuracy bigint,
  heard    bigint not null,
  primary key (market, worker)
) partition by list (market);
select iroko_isolate('worker_position');

create table position_sample (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  worker   bigint not null,
  lat      bigint not null,
  long     bigint not null,
  at       bigint not null,
  sequence bigint not null,
  heading  bigint,
  speed    bigint,
  accuracy bigint,
  heard    bigint not null,
  primary key (market, id)
) partition by list (market);
create index position_sample_worker on position_sample (market, worker, id);
select iroko_isolate('position_sample');

create table dispatch_job (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  kind        text   not null,
  subject     bigint not null,
  pickup_lat  bigint not null,
  pickup_long bigint not null,
  drop_lat    bigint not null,
  drop_long   bigint not null,
  ready       bigint not null,
  due         bigint not null,
  load        bigint not null,
  modes       bigint not null,
  pay         bigint not null,
  state       text   not null,
  worker      bigint,
  picked_up   bigint not null,
  tries       bigint not null,
  ring        bigint not null,
  look        bigint not null,
  alerted     bigint not null,
  since       bigint not null,
  ended       bigint,
  version     bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index dispatch_job_subject on dispatch_job (market, kind, subject);
create index dispatch_job_state on dispatch_job (market, state, look, id);
create index dispatch_job_worker on dispatch_job (market, worker, state, id);
select iroko_isolate('dispatch_job');

create table dispatch_offer (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  job     bigint not null,
  worker  bigint not null,
  state   text   not null,
  metres  bigint not null,
  seconds bigint not null,
  made    bigint not null,
  expires bigint not null,
  ended   bigint,
  primary key (market, id)
) partition by list (market);
create index dispatch_offer_job on dispatch_offer (market, job, state, id);
create index dispatch_offer_worker on dispatch_offer (market, worker, state, id);
create index dispatch_offer_expires on dispatch_offer (market, state, expires);
select iroko_isolate('dispatch_offer');
