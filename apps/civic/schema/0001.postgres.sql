create table category (
  market bigint not null default iroko_market(),
  code   text   not null,
  name   text   not null,
  open   bigint not null default 1,
  primary key (market, code)
) partition by list (market);
select iroko_isolate('category');

create table category_count (
  market   bigint not null default iroko_market(),
  category text   not null,
  requests bigint not null,
  primary key (market, category)
) partition by list (market);
select iroko_isolate('category_count');

create table request (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  category    text   not null,
  status      text   not null,
  description text   not null,
  lat         bigint not null,
  long        bigint not null,
  cell        bigint not null,
  reporter    bigint,
  at          bigint not null,
  updated     bigint not null,
  version     bigint not null,
  primary key (market, id)
) partition by list (market);
create index request_status on request (market, status, id);
create index request_cell on request (market, status, cell, id);
select iroko_isolate('request');
