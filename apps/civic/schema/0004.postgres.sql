drop index request_queue;
drop index request_due;
create index request_queue on request (market, agency, due, id, status, category, area, team, assignee) where closed is null;
create index request_due on request (market, due, id, status, category, area, team, assignee) where closed is null;
create index request_age on request (market, agency, id, status, category, area, team, assignee) where closed is null;
create index request_open on request (market, id, status, category, area, team, assignee) where closed is null;
drop index request_closed;
create index request_closed on request (market, closed, id, status, category, area, team, assignee) where closed is not null;
create index request_done on request (market, agency, closed, id, status, category, area, team, assignee) where closed is not null;
create index request_assignee on request (market, assignee, due, id) where assignee is not null and closed is null;

create table tie (
  market bigint not null default iroko_market(),
  request  bigint not null,
  target   bigint not null,
  counted  bigint not null,
  status   text    not null,
  due      bigint,
  left_min bigint,
  closed   bigint,
  at       bigint not null,
  primary key (market, request)
) partition by list (market);
select iroko_isolate('tie');

create index saved_filter_agency on saved_filter (market, agency, id) where agency is not null;
create index route_agency on route (market, agency, team);

create table escalation (
  market bigint not null default iroko_market(),
  id    bigint not null,
  rules text   not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('escalation');

create table escalated (
  market bigint not null default iroko_market(),
  request  bigint not null,
  due      bigint not null,
  upto_min bigint not null,
  primary key (market, request)
) partition by list (market);
select iroko_isolate('escalated');

create table audit (
  market bigint not null default iroko_market(),
  n       bigint not null,
  pos     bigint not null,
  event   bigint not null,
  name    text   not null,
  subject bigint not null,
  at      bigint not null,
  actor   bigint not null,
  body    text   not null,
  hash    bytea  not null,
  primary key (market, n)
) partition by list (market);
select iroko_isolate('audit');
create unique index audit_pos on audit (market, pos);

create table audit_head (
  market bigint not null default iroko_market(),
  id      bigint not null,
  entries bigint not null,
  pos     bigint not null,
  hash    bytea  not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('audit_head');
