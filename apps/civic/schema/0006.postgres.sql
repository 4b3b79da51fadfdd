create table endpoint (
  market bigint not null default iroko_market(),
  code         text not null,
  name         text    not null,
  url          text    not null,
  jurisdiction text,
  form         text    not null,
  api_key      bytea,
  open         bigint not null,
  at           bigint not null,
  primary key (market, code)
) partition by list (market);
select iroko_isolate('endpoint');

create table forwarding (
  market bigint not null default iroko_market(),
  category text not null,
  endpoint text not null,
  service  text not null,
  primary key (market, category)
) partition by list (market);
select iroko_isolate('forwarding');

create table forward (
  market bigint not null default iroko_market(),
  request  bigint not null,
  endpoint text    not null,
  service  text    not null,
  state    text    not null,
  tries    bigint not null default 0,
  unsure   bigint not null default 0,
  token    text,
  external text,
  detail   text,
  note     text,
  since    bigint not null,
  due      bigint not null,
  primary key (market, request)
) partition by list (market);
select iroko_isolate('forward');
create index forward_due on forward (market, state, due, request);
create index forward_external on forward (market, endpoint, external) where external is not null;
create index history_told on history (market, at, id) where public = 1;
