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

create table promotion (
  market bigint not null default iroko_market(),
  id          bigint not null,
  version     bigint not null,
  closed      bigint not null,
  code        text,
  valid_until bigint not null,
  terms       text   not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('promotion');
create unique index promotion_code on promotion (market, code) where code is not null and closed = 0;
create index promotion_automatic on promotion (market, valid_until) where code is null and closed = 0;

create table promotion_count (
  market bigint not null default iroko_market(),
  promotion   bigint not null,
  uses        bigint not null,
  spent_minor bigint not null,
  primary key (market, promotion)
) partition by list (market);
select iroko_isolate('promotion_count');

create table promotion_person (
  market bigint not null default iroko_market(),
  promotion bigint not null,
  person    bigint not null,
  uses      bigint not null,
  primary key (market, promotion, person)
) partition by list (market);
select iroko_isolate('promotion_person');

create table promotion_redemption (
  market bigint not null default iroko_market(),
  subject      bigint not null,
  promotion    bigint not null,
  person       bigint not null,
  amount_minor bigint not null,
  at           bigint not null,
  primary key (market, subject, promotion)
) partition by list (market);
select iroko_isolate('promotion_redemption');

create table referral_word (
  market bigint not null default iroko_market(),
  person  bigint not null,
  code    text   not null,
  brought bigint not null,
  primary key (market, person)
) partition by list (market);
select iroko_isolate('referral_word');
create unique index referral_word_code on referral_word (market, code);

create table referral (
  market bigint not null default iroko_market(),
  person    bigint not null,
  by_person bigint not null,
  at        bigint not null,
  rewarded  bigint,
  primary key (market, person)
) partition by list (market);
select iroko_isolate('referral');

create table outage_set (
  market bigint not null default iroko_market(),
  id      bigint not null,
  version bigint not null,
  areas   bigint not null,
  cuts    bigint not null,
  at      bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('outage_set');

create table outage_area (
  market bigint not null default iroko_market(),
  code  text  not null,
  name  text  not null,
  shape bytea not null,
  primary key (market, code)
) partition by list (market);
select iroko_isolate('outage_area');

create table outage_schedule (
  market bigint not null default iroko_market(),
  area text   not null,
  cuts text   not null,
  told bigint not null,
  primary key (market, area)
) partition by list (market);
select iroko_isolate('outage_schedule');

create table orders_by_hour (
  market bigint not null default iroko_market(),
  cell       bigint not null,
  hour_start bigint not null,
  orders     bigint not null,
  primary key (market, cell, hour_start)
) partition by list (market);
select iroko_isolate('orders_by_hour');
create index orders_by_hour_when on orders_by_hour (market, hour_start, cell, orders);

create table forecast_model (
  market bigint not null default iroko_market(),
  cell bigint not null,
  at   bigint not null,
  body text   not null,
  primary key (market, cell)
) partition by list (market);
select iroko_isolate('forecast_model');
