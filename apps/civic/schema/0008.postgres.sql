alter table request add column erased bigint;
alter table request add column restored bigint;
create index request_personal on request (market, closed, id) where closed is not null and (erased is null or erased < closed);

create table archive_object (
  market bigint not null default iroko_market(),
  id     bigint not null,
  state  bigint not null,
  lines  bigint not null,
  bytes  bigint not null,
  hash   bytea  not null,
  at     bigint not null,
  primary key (market, id)
) partition by list (market);
create index archive_object_state on archive_object (market, state, id);
select iroko_isolate('archive_object');

create table archived (
  market  bigint not null default iroko_market(),
  request bigint not null,
  root    bigint not null,
  object  bigint not null,
  start   bigint not null,
  length  bigint not null,
  hash    bytea  not null,
  closed  bigint not null,
  at      bigint not null,
  primary key (market, request)
) partition by list (market);
create index archived_root on archived (market, root, request);
create index archived_object on archived (market, object, request);
select iroko_isolate('archived');
