create table ledger_kind (
  market bigint not null default iroko_market(),
  code   text   not null,
  name   text   not null,
  class  bigint not null,
  owned  bigint not null,
  floor  bigint,
  cap    bigint,
  lanes  bigint not null,
  primary key (market, code)
) partition by list (market);
select iroko_isolate('ledger_kind');

create table ledger_account (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  lane     bigint not null,
  code     text   not null,
  owner    bigint not null,
  currency text   not null,
  class    bigint not null,
  closed   bigint not null,
  floor    bigint not null,
  cap      bigint not null,
  lanes    bigint not null,
  posted   bigint not null,
  coming   bigint not null,
  going    bigint not null,
  opened   bigint not null,
  primary key (market, id, lane)
) partition by list (market);
create index ledger_account_code on ledger_account (market, code, id, lane);
create index ledger_account_owner on ledger_account (market, owner, code) where owner <> 0;
select iroko_isolate('ledger_account');

create table ledger_posting (
  market bigint not null default iroko_market(),
  id     bytea  not null,
  debit  bigint not null,
  credit bigint not null,
  amount bigint not null,
  held   bigint not null,
  what   bigint not null,
  ref    bytea,
  at     bigint not null,
  note   text   not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('ledger_posting');

create table ledger_hold (
  market bigint not null default iroko_market(),
  id     bytea  not null,
  debit  bigint not null,
  credit bigint not null,
  amount bigint not null,
  until  bigint,
  state  bigint not null,
  primary key (market, id)
) partition by list (market);
create index ledger_hold_until on ledger_hold (market, until, id) where state = 0 and until is not null;
select iroko_isolate('ledger_hold');

create table ledger_fresh (
  market bigint not null default iroko_market(),
  id     bytea  not null,
  debit  bigint not null,
  credit bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('ledger_fresh');

create table ledger_entry (
  market  bigint not null default iroko_market(),
  account bigint not null,
  at      bigint not null,
  id      bytea  not null,
  debited bigint not null,
  amount  bigint not null,
  held    bigint not null,
  primary key (market, account, at, id)
) partition by list (market);
select iroko_isolate('ledger_entry');
