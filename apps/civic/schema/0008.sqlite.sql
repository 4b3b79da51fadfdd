alter table request add column erased integer;
alter table request add column restored integer;
create index request_personal on request (closed, id) where closed is not null and (erased is null or erased < closed);

create table archive_object (
  id    integer primary key,
  state integer not null,
  lines integer not null,
  bytes integer not null,
  hash  blob    not null,
  at    integer not null
) strict;
create index archive_object_state on archive_object (state, id);

create table archived (
  request integer primary key,
  root    integer not null,
  object  integer not null,
  start   integer not null,
  length  integer not null,
  hash    blob    not null,
  closed  integer not null,
  at      integer not null
) strict;
create index archived_root on archived (root, request);
create index archived_object on archived (object, request);
