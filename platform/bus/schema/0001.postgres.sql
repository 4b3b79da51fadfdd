create table cursor (
  market   bigint not null default iroko_market(),
  consumer text   not null,
  pos      bigint not null,
  turn     bigint not null,
  tries    bigint not null default 0,
  span     bigint not null default 0,
  due      bigint not null default 0,
  error    text,
  primary key (market, consumer)
) partition by list (market);
select iroko_isolate('cursor');

create table parked (
  market   bigint not null default iroko_market(),
  consumer text   not null,
  pos      bigint not null,
  id       bigint not null,
  name     text   not null,
  subject  bigint not null,
  at       bigint not null,
  actor    bigint not null,
  body     text   not null,
  tries    bigint not null,
  released bigint not null,
  parked   bigint not null,
  error    text,
  primary key (market, consumer, pos)
) partition by list (market);
create index parked_subject on parked (market, consumer, subject, pos);
select iroko_isolate('parked');
