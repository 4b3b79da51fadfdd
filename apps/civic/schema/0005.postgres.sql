create table map_count (
  market bigint not null default iroko_market(),
  id     bigint not null,
  counts bytea  not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('map_count');

create table trend_count (
  market bigint not null default iroko_market(),
  id     bigint not null,
  counts bytea  not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('trend_count');

create table counted_name (
  market   bigint not null default iroko_market(),
  follower text   not null,
  kind     text   not null,
  number   bigint not null,
  name     text   not null,
  primary key (market, follower, kind, number)
) partition by list (market);
select iroko_isolate('counted_name');

drop index request_at;
drop index request_cell;
create index request_cell on request (market, status, cell, id) include (category, at, hidden, merged);
