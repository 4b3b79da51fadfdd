drop index request_queue;
drop index request_due;
create index request_queue on request (agency, due, id, status, category, area, team, assignee) where closed is null;
create index request_due on request (due, id, status, category, area, team, assignee) where closed is null;
create index request_age on request (agency, id, status, category, area, team, assignee) where closed is null;
create index request_open on request (id, status, category, area, team, assignee) where closed is null;
drop index request_closed;
create index request_closed on request (closed, id, status, category, area, team, assignee) where closed is not null;
create index request_done on request (agency, closed, id, status, category, area, team, assignee) where closed is not null;
create index request_assignee on request (assignee, due, id) where assignee is not null and closed is null;

create table tie (
  request  integer primary key,
  target   integer not null,
  counted  integer not null,
  status   text    not null,
  due      integer,
  left_min integer,
  closed   integer,
  at       integer not null
) strict;

create index saved_filter_agency on saved_filter (agency, id) where agency is not null;
create index route_agency on route (agency, team);

create table escalation (
  id    integer primary key,
  rules text    not null
) strict;

create table escalated (
  request  integer primary key,
  due      integer not null,
  upto_min integer not null
) strict;

create table audit (
  n       integer primary key,
  pos     integer not null,
  event   integer not null,
  name    text    not null,
  subject integer not null,
  at      integer not null,
  actor   integer not null,
  body    text    not null,
  hash    blob    not null
) strict;
create unique index audit_pos on audit (pos);

create table audit_head (
  id      integer primary key,
  entries integer not null,
  pos     integer not null,
  hash    blob    not null
) strict;
