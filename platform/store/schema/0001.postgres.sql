-- Without a cache: a number that one connection kept for later would put its event before others'.
create sequence event_seq;
grant usage on sequence event_seq to iroko_app;

create table event (
  market  bigint not null default iroko_market(),
  seq     bigint not null default nextval('event_seq'),
  pos     bigint,
  id      bigint not null,
  name    text   not null,
  subject bigint not null,
  at      bigint not null,
  actor   bigint not null,
  body    text   not null,
  primary key (market, seq)
) partition by list (market);
create unique index event_pos on event (market, pos);
create index event_unplaced on event (market, seq) where pos is null;
select iroko_isolate('event');
create policy relay on event for select to iroko_relay using (true);
grant select (market, pos) on event to iroko_relay;

create table job (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  kind     text   not null,
  body     text   not null,
  key      text,
  priority bigint not null,
  due      bigint not null,
  state    text   not null default 'waiting' check (state in ('waiting', 'running', 'done', 'dead')),
  attempts bigint not null default 0,
  lease    bigint not null default 0,
  holder   bigint not null default 0,
  error    text,
  actor    bigint not null,
  at       bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index job_key on job (market, key) where key is not null and state in ('waiting', 'running');
create index job_due on job (market, state, priority desc, due);
create index job_waiting on job (due) where state = 'waiting';
create index job_running on job (lease) where state = 'running';
select iroko_isolate('job');
create policy relay on job for select to iroko_relay using (true);
grant select (market, state, due, lease) on job to iroko_relay;
