create table settle_item (
  market     bigint not null default iroko_market(),
  cause      bigint not null,
  leg        text   not null,
  kind       text   not null,
  owner      bigint not null,
  currency   text   not null,
  gross      bigint not null,
  commission bigint not null,
  fee        bigint not null,
  refund     bigint not null,
  tax        bigint not null,
  earned     bigint not null,
  statement  bigint,
  primary key (market, cause, leg)
) partition by list (market);
create index settle_item_open on settle_item (market, kind, owner, currency, earned) where statement is null;
create index settle_item_statement on settle_item (market, statement, earned, cause, leg) where statement is not null;
select iroko_isolate('settle_item');

create table settle_policy (
  market       bigint not null default iroko_market(),
  kind         text   not null,
  weekday      bigint,
  minimum      bigint not null,
  reserve_bp   bigint not null,
  reserve_days bigint not null,
  version      bigint not null,
  at           bigint not null,
  primary key (market, kind)
) partition by list (market);
select iroko_isolate('settle_policy');

create table settle_run (
  market         bigint not null default iroko_market(),
  id             bigint not null,
  kind           text   not null,
  cut            bigint not null,
  minimum        bigint not null,
  reserve_bp     bigint not null,
  reserve_days   bigint not null,
  done           bigint not null,
  after_owner    bigint not null,
  after_currency text   not null,
  statements     bigint not null,
  items          bigint not null,
  carried        bigint not null,
  version        bigint not null,
  at             bigint not null,
  changed        bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index settle_run_cut on settle_run (market, kind, cut);
create index settle_run_open on settle_run (market, kind, cut) where done = 0;
select iroko_isolate('settle_run');

create table settle_statement (
  market        bigint not null default iroko_market(),
  id            bigint not null,
  run           bigint not null,
  kind          text   not null,
  owner         bigint not null,
  currency      text   not null,
  begins        bigint not null,
  cut           bigint not null,
  items         bigint not null,
  gross         bigint not null,
  commission    bigint not null,
  fee           bigint not null,
  refund        bigint not null,
  tax           bigint not null,
  kept          bigint not null,
  released      bigint not null,
  payable       bigint not null,
  reserve_until bigint,
  released_in   bigint,
  state         text   not null,
  payout        bigint,
  tries         bigint not null,
  at            bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index settle_statement_run on settle_statement (market, run, owner, currency);
create index settle_statement_owner on settle_statement (market, kind, owner, id);
create index settle_statement_made on settle_statement (market, run, id);
create index settle_statement_reserve on settle_statement (market, kind, owner, currency, reserve_until)
  where released_in is null and kept > 0;
create index settle_statement_owed on settle_statement (market, kind, currency, id) where state = 'owed';
create index settle_statement_payout on settle_statement (market, payout, id) where payout is not null;
select iroko_isolate('settle_statement');

create table payout (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  kind        text   not null,
  currency    text   not null,
  state       text   not null,
  transfers   bigint not null,
  total       bigint not null,
  made_by     bigint not null,
  approved_by bigint,
  version     bigint not null,
  at          bigint not null,
  changed     bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('payout');

create table payout_transfer (
  market    bigint not null default iroko_market(),
  payout    bigint not null,
  statement bigint not null,
  reference text   not null,
  amount    bigint not null,
  holder    text   not null,
  bank      text   not null,
  number    bytea  not null,
  last4     text   not null,
  state     text   not null,
  reason    text,
  changed   bigint not null,
  primary key (market, payout, statement)
) partition by list (market);
create unique index payout_transfer_reference on payout_transfer (market, reference);
select iroko_isolate('payout_transfer');

create table payout_account (
  market  bigint not null default iroko_market(),
  kind    text   not null,
  owner   bigint not null,
  holder  text   not null,
  bank    text   not null,
  number  bytea  not null,
  last4   text   not null,
  version bigint not null,
  at      bigint not null,
  primary key (market, kind, owner)
) partition by list (market);
select iroko_isolate('payout_account');
