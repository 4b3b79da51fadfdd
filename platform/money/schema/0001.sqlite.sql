create table ledger_kind (
  code  text    not null primary key,
  name  text    not null,
  class integer not null,
  owned integer not null,
  floor integer,
  cap   integer,
  lanes integer not null
) strict, without rowid;

create table ledger_account (
  id       integer not null,
  lane     integer not null,
  code     text    not null,
  owner    integer not null,
  currency text    not null,
  class    integer not null,
  closed   integer not null,
  floor    integer not null,
  cap      integer not null,
  lanes    integer not null,
  posted   integer not null,
  coming   integer not null,
  going    integer not null,
  opened   integer not null,
  primary key (id, lane)
) strict, without rowid;
create index ledger_account_code on ledger_account (code, id, lane);
create index ledger_account_owner on ledger_account (owner, code) where owner <> 0;

create table ledger_posting (
  id     blob    not null primary key,
  debit  integer not null,
  credit integer not null,
  amount integer not null,
  held   integer not null,
  what   integer not null,
  ref    blob,
  at     integer not null,
  note   text    not null
) strict, without rowid;

create table ledger_hold (
  id     blob    not null primary key,
  debit  integer not null,
  credit integer not null,
  amount integer not null,
  until  integer,
  state  integer not null
) strict, without rowid;
create index ledger_hold_until on ledger_hold (until, id) where state = 0 and until is not null;

create table ledger_fresh (
  id     blob    not null primary key,
  debit  integer not null,
  credit integer not null
) strict, without rowid;

create table ledger_entry (
  account integer not null,
  at      integer not null,
  id      blob    not null,
  debited integer not null,
  amount  integer not null,
  held    integer not null,
  primary key (account, at, id)
) strict, without rowid;
