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
