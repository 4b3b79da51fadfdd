alter table category add column kin text;
alter table category add column about text;
alter table category add column keywords text;
alter table category add column questions text;
alter table category add column due_min integer;
alter table category add column notice text;
alter table category add column place integer not null default 0;

alter table request add column answers text;
alter table request add column address text;
alter table request add column zipcode text;
alter table request add column area text;
alter table request add column photos text;
alter table request add column source text not null default 'api';
alter table request add column agency integer;
alter table request add column team text;
alter table request add column assignee integer;
alter table request add column due integer;
alter table request add column left_min integer;
alter table request add column closed integer;
alter table request add column note text;
alter table request add column merged integer;
alter table request add column seconds integer not null default 0;
alter table request add column hidden integer not null default 0;
drop index request_status;
create index request_at on request (at, id);
create index request_status on request (status, at, id);
create index request_category on request (category, status, at, id);
create index request_area on request (area, status, at, id, category) where area is not null;
create index request_queue on request (agency, due, id) where closed is null;
create index request_due on request (due, id) where closed is null;
create index request_closed on request (closed, id) where closed is not null;
create index request_reporter on request (reporter, id) where reporter is not null;
create index request_merged on request (merged, id) where merged is not null;

create table follower (
  request  integer not null,
  who      blob    not null,
  person   integer,
  reporter integer not null default 0,
  seconded integer not null default 0,
  name     text,
  email    text,
  phone    text,
  channel  text,
  language text,
  at       integer not null,
  primary key (request, who)
) strict, without rowid;
create index follower_person on follower (person, request) where person is not null;

create table history (
  id      integer primary key,
  request integer not null,
  at      integer not null,
  actor   integer not null,
  what    text    not null,
  public  integer not null,
  body    text    not null
) strict;
create index history_request on history (request, id);

create table agency (
  provider integer primary key,
  about    text,
  contact  text
) strict;

create table team (
  agency integer not null,
  code   text    not null,
  name   text    not null,
  primary key (agency, code)
) strict, without rowid;

create table route (
  category text    not null,
  area     text    not null,
  agency   integer not null,
  team     text,
  primary key (category, area)
) strict, without rowid;

create table saved_filter (
  id     integer primary key,
  owner  integer not null,
  agency integer,
  name   text    not null,
  query  text    not null,
  at     integer not null
) strict;
create index saved_filter_owner on saved_filter (owner, id);

create table rules (
  id      integer primary key,
  version integer not null,
  settings text
) strict;
