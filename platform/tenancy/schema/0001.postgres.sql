-- A market's row is a `site`: the name `market` belongs to the column that isolates.
create table directory (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  version bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('directory');

create table tenant (
  market    bigint not null default iroko_market(),
  id        bigint not null,
  slug      text   not null,
  name      text   not null,
  tier      text   not null,
  languages text   not null,
  currency  text   not null,
  country   text   not null,
  state     text   not null check (state in ('making', 'active', 'archived')),
  at        bigint not null,
  primary key (market, id),
  unique (market, slug)
) partition by list (market);
select iroko_isolate('tenant');

create table site (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  tenant   bigint not null,
  slug     text   not null,
  name     text   not null,
  zone     text   not null,
  currency text   not null,
  features text   not null,
  place    text   not null default '',
  state    text   not null check (state in ('making', 'active', 'moving', 'archived')),
  version  bigint not null default 1,
  at       bigint not null,
  primary key (market, id),
  unique (market, tenant, slug)
) partition by list (market);
select iroko_isolate('site');

create table host (
  market bigint not null default iroko_market(),
  host   text   not null,
  site   bigint not null,
  at     bigint not null,
  primary key (market, host)
) partition by list (market);
create index host_site on host (market, site);
select iroko_isolate('host');
