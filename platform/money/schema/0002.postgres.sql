create table payment (
  market       bigint not null default iroko_market(),
  id           bigint not null,
  about        bigint not null,
  payer        bigint,
  method       text   not null,
  currency     text   not null,
  amount       bigint not null,
  state        text   not null,
  reason       text,
  token        text,
  contact      text,
  note         text   not null,
  brand        text,
  last4        text,
  authorised   bigint not null,
  captured     bigint not null,
  refunded     bigint not null,
  refunding    bigint not null,
  charged_back bigint not null,
  collected_by bigint,
  told_waiting bigint not null,
  expires      bigint not null,
  hold_s       bigint not null,
  version      bigint not null,
  at           bigint not null,
  changed      bigint not null,
  primary key (market, id)
) partition by list (market);
create index payment_about on payment (market, about, id);
create index payment_state on payment (market, state, id);
create index payment_payer on payment (market, payer, id);
create index payment_at on payment (market, at, id);
select iroko_isolate('payment');

create table payment_attempt (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  payment  bigint not null,
  flow     text   not null,
  of       bigint not null,
  refund   bigint,
  gateway  bigint not null,
  amount   bigint not null,
  state    text   not null,
  external text,
  next     text,
  code     text,
  detail   text,
  fee      bigint,
  asked    bigint not null,
  due      bigint not null,
  sent     bigint,
  at       bigint not null,
  primary key (market, id)
) partition by list (market);
create index payment_attempt_payment on payment_attempt (market, payment, id);
create index payment_attempt_external on payment_attempt (market, gateway, external);
create index payment_attempt_sent on payment_attempt (market, gateway, sent);
select iroko_isolate('payment_attempt');

create table payment_refund (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  payment bigint not null,
  of      bigint not null,
  amount  bigint not null,
  funding text   not null,
  reason  text   not null,
  state   text   not null,
  code    text,
  at      bigint not null,
  primary key (market, id)
) partition by list (market);
create index payment_refund_payment on payment_refund (market, payment, id);
select iroko_isolate('payment_refund');

create table gateway_account (
  market       bigint not null default iroko_market(),
  number       bigint not null,
  adapter      text   not null,
  name         text   not null,
  method       text   not null,
  currency     text   not null,
  url          text   not null,
  secrets      bytea  not null,
  fixed        bigint not null,
  basis_points bigint not null,
  enabled      bigint not null,
  priority     bigint not null,
  amount_max   bigint,
  version      bigint not null,
  at           bigint not null,
  primary key (market, number)
) partition by list (market);
select iroko_isolate('gateway_account');

create table gateway_callback (
  market    bigint not null default iroko_market(),
  id        bigint not null,
  gateway   bigint not null,
  reference text   not null,
  hash      bytea  not null,
  body      text   not null,
  state     text   not null,
  at        bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index gateway_callback_same on gateway_callback (market, gateway, reference, hash);
create index gateway_callback_at on gateway_callback (market, at, id);
select iroko_isolate('gateway_callback');

create table reconciliation (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  gateway     bigint not null,
  hash        bytea  not null,
  begins      bigint not null,
  ends        bigint not null,
  lines       bigint not null,
  matched     bigint not null,
  differences bigint not null,
  rejected    bigint not null,
  actor       bigint not null,
  at          bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index reconciliation_hash on reconciliation (market, gateway, hash, begins, ends);
select iroko_isolate('reconciliation');

create table reconciliation_row (
  market    bigint not null default iroko_market(),
  id        bigint not null,
  run       bigint not null,
  place     bigint not null,
  kind      text   not null,
  line      bigint,
  payment   bigint,
  reference text   not null,
  ours      bigint,
  theirs    bigint,
  said      text   not null,
  primary key (market, id)
) partition by list (market);
create index reconciliation_row_run on reconciliation_row (market, run, place);
select iroko_isolate('reconciliation_row');
