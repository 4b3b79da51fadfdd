create table import_file (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  source   bytea  not null,
  name     text   not null,
  done     bigint not null,
  total    bigint not null,
  lines    bigint not null,
  added    bigint not null,
  known    bigint not null,
  rejected bigint not null,
  at       bigint not null,
  updated  bigint not null,
  primary key (market, id),
  unique (market, source)
) partition by list (market);
select iroko_isolate('import_file');

create table import_key (
  market  bigint not null default iroko_market(),
  key     text   not null,
  request bigint not null,
  primary key (market, key)
) partition by list (market);
select iroko_isolate('import_key');
