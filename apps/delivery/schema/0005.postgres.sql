create table delivery_claim (
  market         bigint not null default iroko_market(),
  id             bigint not null,
  delivery_order bigint not null,
  buyer          bigint not null,
  provider       bigint not null,
  state          bigint not null,
  dispute        bigint not null,
  open           bigint not null,
  at             bigint not null,
  since          bigint not null,
  answer_until   bigint not null,
  refund         bigint,
  failed         bigint not null,
  tries          bigint not null,
  version        bigint not null,
  said           text   not null,
  primary key (market, id)
) partition by list (market);
create index delivery_claim_order on delivery_claim (market, delivery_order, id);
create index delivery_claim_provider on delivery_claim (market, provider, id);
create index delivery_claim_open on delivery_claim (market, since, id) where open = 1;
create index delivery_claim_refund on delivery_claim (market, refund) where refund is not null;
select iroko_isolate('delivery_claim');

create table delivery_claim_history (
  market  bigint not null default iroko_market(),
  claim   bigint not null,
  version bigint not null,
  state   bigint not null,
  dispute bigint not null,
  actor   bigint not null,
  role    bigint not null,
  reason  text,
  at      bigint not null,
  primary key (market, claim, version)
) partition by list (market);
select iroko_isolate('delivery_claim_history');

-- What claims gave back for an order, all together.
create table delivery_returned (
  market         bigint not null default iroko_market(),
  delivery_order bigint not null,
  claims         bigint not null,
  lines          text   not null,
  buyer          bigint not null,
  money          bigint not null,
  version        bigint not null,
  primary key (market, delivery_order)
) partition by list (market);
select iroko_isolate('delivery_returned');

-- What a gateway did not do for an order, or took back.
create table delivery_trouble (
  market         bigint not null default iroko_market(),
  delivery_order bigint not null,
  what           bigint not null,
  at             bigint not null,
  done           bigint not null,
  actor          bigint,
  note           text,
  primary key (market, delivery_order, what)
) partition by list (market);
create index delivery_trouble_open on delivery_trouble (market, at, delivery_order) where done = 0;
select iroko_isolate('delivery_trouble');

-- Coins as they came.
create table coin_lot (
  market  bigint not null default iroko_market(),
  cause   bigint not null,
  leg     text   not null,
  person  bigint not null,
  expires bigint not null,
  minor   bigint not null,
  over    bigint not null,
  primary key (market, cause, leg)
) partition by list (market);
create index coin_lot_person on coin_lot (market, person, expires);
create index coin_lot_due on coin_lot (market, expires) where over = 0;
select iroko_isolate('coin_lot');

-- Cash that riders have taken and not handed in.
create table delivery_cash (
  market bigint not null default iroko_market(),
  rider  bigint not null,
  minor  bigint not null,
  primary key (market, rider)
) partition by list (market);
create index delivery_cash_over on delivery_cash (market, minor);
select iroko_isolate('delivery_cash');
