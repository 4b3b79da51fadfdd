create table provider (
  market bigint not null default iroko_market(),
  id     bigint not null,
  name   text   not null,
  state  text   not null check (state in ('active', 'closed')),
  at     bigint not null,
  primary key (market, id),
  unique (market, name)
) partition by list (market);
select iroko_isolate('provider');
