create table area_set (
  market  bigint not null default iroko_market(),
  kind    text   not null,
  version bigint not null,
  areas   bigint not null,
  at      bigint not null,
  primary key (market, kind)
) partition by list (market);
select iroko_isolate('area_set');

create table area (
  market  bigint not null default iroko_market(),
  kind    text   not null,
  code    text   not null,
  name    text   not null,
  west    bigint not null,
  south   bigint not null,
  east    bigint not null,
  north   bigint not null,
  version bigint not null,
  shape   bytea  not null,
  primary key (market, kind, code)
) partition by list (market);
select iroko_isolate('area');

create table address_street (
  market bigint not null default iroko_market(),
  id     bigint not null,
  name   text   not null,
  place  text   not null,
  words  text   not null,
  lat    bigint not null,
  long   bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('address_street');

create table address_word (
  market bigint not null default iroko_market(),
  word   text   collate "C" not null,
  street bigint not null,
  primary key (market, word, street)
) partition by list (market);
select iroko_isolate('address_word');

create table address_point (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  street   bigint not null,
  number   text   not null,
  low      bigint not null,
  high     bigint not null,
  unit     text   not null,
  postcode text   not null,
  lat      bigint not null,
  long     bigint not null,
  cell     bigint not null,
  primary key (market, id)
) partition by list (market);
create index address_point_street on address_point (market, street, low, id);
create index address_point_cell on address_point (market, cell, id);
select iroko_isolate('address_point');

create table working_hours (
  market  bigint not null default iroko_market(),
  weekday bigint not null,
  spans   text   not null,
  primary key (market, weekday)
) partition by list (market);
select iroko_isolate('working_hours');

create table holiday (
  market bigint not null default iroko_market(),
  day    bigint not null,
  name   text   not null,
  spans  text   not null,
  primary key (market, day)
) partition by list (market);
select iroko_isolate('holiday');

create table calendar_part (
  market  bigint not null default iroko_market(),
  part    text   not null,
  version bigint not null,
  at      bigint not null,
  primary key (market, part)
) partition by list (market);
select iroko_isolate('calendar_part');
