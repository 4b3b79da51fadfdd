alter table category add column kin text;
alter table category add column about text;
alter table category add column keywords text;
alter table category add column questions text;
alter table category add column due_min bigint;
alter table category add column notice text;
alter table category add column place bigint not null default 0;

alter table request add column answers text;
alter table request add column address text;
alter table request add column zipcode text;
alter table request add column area text;
alter table request add column photos text;
alter table request add column source text not null default 'api';
alter table request add column agency bigint;
alter table request add column team text;
alter table request add column assignee bigint;
alter table request add column due bigint;
alter table request add column left_min bigint;
alter table request add column closed bigint;
alter table request add column note text;
alter table request add column merged bigint;
alter table request add column seconds bigint not null default 0;
alter table request add column hidden bigint not null default 0;
drop index request_status;
create index request_at on request (market, at, id);
create index request_status on request (market, status, at, id);
create index request_category on request (market, category, status, at, id);
create index request_area on request (market, area, status, at, id, category) where area is not null;
create index request_queue on request (market, agency, due, id) where closed is null;
create index request_due on request (market, due, id) where closed is null;
create index request_closed on request (market, closed, id) where closed is not null;
create index request_reporter on request (market, reporter, id) where reporter is not null;
create index request_merged on request (market, merged, id) where merged is not null;

create table follower (
  market bigint not null default iroko_market(),
  request  bigint not null,
  who      bytea    not null,
  person   bigint,
  reporter bigint not null default 0,
  seconded bigint not null default 0,
  name     text,
  email    text,
  phone    text,
  channel  text,
  language text,
  at       bigint not null,
  primary key (market, request, who)
) partition by list (market);
select iroko_isolate('follower');
create index follower_person on follower (market, person, request) where person is not null;

create table history (
  market bigint not null default iroko_market(),
  id      bigint not null,
  request bigint not null,
  at      bigint not null,
  actor   bigint not null,
  what    text    not null,
  public  bigint not null,
  body    text    not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('history');
create index history_request on history (market, request, id);

create table agency (
  market bigint not null default iroko_market(),
  provider bigint not null,
  about    text,
  contact  text,
  primary key (market, provider)
) partition by list (market);
select iroko_isolate('agency');

create table team (
  market bigint not null default iroko_market(),
  agency bigint not null,
  code   text    not null,
  name   text    not null,
  primary key (market, agency, code)
) partition by list (market);
select iroko_isolate('team');

create table route (
  market bigint not null default iroko_market(),
  category text    not null,
  area     text    not null,
  agency   bigint not null,
  team     text,
  primary key (market, category, area)
) partition by list (market);
select iroko_isolate('route');

create table saved_filter (
  market bigint not null default iroko_market(),
  id     bigint not null,
  owner  bigint not null,
  agency bigint,
  name   text    not null,
  query  text    not null,
  at     bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('saved_filter');
create index saved_filter_owner on saved_filter (market, owner, id);

create table rules (
  market bigint not null default iroko_market(),
  id      bigint not null,
  version bigint not null,
  settings text,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('rules');
