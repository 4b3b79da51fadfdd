create table delivery_rules (
  market bigint not null default iroko_market(),
  id      bigint not null,
  version bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('delivery_rules');

create table delivery_settings (
  market bigint not null default iroko_market(),
  valid_from bigint not null,
  settings   text   not null,
  at         bigint not null,
  actor      bigint not null,
  primary key (market, valid_from)
) partition by list (market);
select iroko_isolate('delivery_settings');

create table delivery_quote (
  market bigint not null default iroko_market(),
  id          bigint not null,
  buyer       bigint not null,
  valid_until bigint not null,
  fingerprint bytea  not null,
  body        text   not null,
  used_by     bigint,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('delivery_quote');
create index delivery_quote_unused on delivery_quote (market, valid_until) where used_by is null;

create table demand_history (
  market bigint not null default iroko_market(),
  slot      bigint not null,
  cell      bigint not null,
  orders    bigint not null,
  riders    bigint not null,
  factor_bp bigint not null,
  primary key (market, slot, cell)
) partition by list (market);
select iroko_isolate('demand_history');
