-- A market's row is a `site`: in PostgreSQL the name `market` belongs to the column that isolates.
create table directory (
  id      integer primary key,
  version integer not null
) strict;

create table tenant (
  id        integer primary key,
  slug      text    not null unique,
  name      text    not null,
  tier      text    not null,
  languages text    not null,
  currency  text    not null,
  country   text    not null,
  state     text    not null check (state in ('making', 'active', 'archived')),
  at        integer not null
) strict;

create table site (
  id       integer primary key,
  tenant   integer not null,
  slug     text    not null,
  name     text    not null,
  zone     text    not null,
  currency text    not null,
  features text    not null,
  place    text    not null default '',
  state    text    not null check (state in ('making', 'active', 'moving', 'archived')),
  version  integer not null default 1,
  at       integer not null,
  unique (tenant, slug)
) strict;

create table host (
  host text    not null primary key,
  site integer not null,
  at   integer not null
) strict, without rowid;
create index host_site on host (site);
