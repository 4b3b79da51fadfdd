create table settle_item (
  cause      integer not null,
  leg        text    not null,
  kind       text    not null,
  owner      integer not null,
  currency   text    not null,
  gross      integer not null,
  commission integer not null,
  fee        integer not null,
  refund     integer not null,
  tax        integer not null,
  earned     integer not null,
  statement  integer,
  primary key (cause, leg)
) strict, without rowid;
create index settle_item_open on settle_item (kind, owner, currency, earned) where statement is null;
create index settle_item_statement on settle_item (statement, earned, cause, leg) where statement is not null;

create table settle_policy (
  kind         text    not null primary key,
  weekday      integer,
  minimum      integer not null,
  reserve_bp   integer not null,
  reserve_days integer not null,
  version      integer not null,
  at           integer not null
) strict, without rowid;

create table settle_run (
  id             integer primary key,
  kind           text    not null,
  cut            integer not null,
  minimum        integer not null,
  reserve_bp     integer not null,
  reserve_days   integer not null,
  done           integer not null,
  after_owner    integer not null,
  after_currency text    not null,
  statements     integer not null,
  items          integer not null,
  carried        integer not null,
  version        integer not null,
  at             integer not null,
  changed        integer not null
) strict;
create unique index settle_run_cut on settle_run (kind, cut);
create index settle_run_open on settle_run (kind, cut) where done = 0;

create table settle_statement (
  id            integer primary key,
  run           integer not null,
  kind          text    not null,
  owner         integer not null,
  currency      text    not null,
  begins        integer not null,
  cut           integer not null,
  items         integer not null,
  gross         integer not null,
  commission    integer not null,
  fee           integer not null,
  refund        integer not null,
  tax           integer not null,
  kept          integer not null,
  released      integer not null,
  payable       integer not null,
  reserve_until integer,
  released_in   integer,
  state         text    not null,
  payout        integer,
  tries         integer not null,
  at            integer not null
) strict;
create unique index settle_statement_run on settle_statement (run, owner, currency);
create index settle_statement_owner on settle_statement (kind, owner, id);
create index settle_statement_made on settle_statement (run, id);
create index settle_statement_reserve on settle_statement (kind, owner, currency, reserve_until)
  where released_in is null and kept > 0;
create index settle_statement_owed on settle_statement (kind, currency, id) where state = 'owed';
create index settle_statement_payout on settle_statement (payout, id) where payout is not null;

create table payout (
  id          integer primary key,
  kind        text    not null,
  currency    text    not null,
  state       text    not null,
  transfers   integer not null,
  total       integer not null,
  made_by     integer not null,
  approved_by integer,
  version     integer not null,
  at          integer not null,
  changed     integer not null
) strict;

create table payout_transfer (
  payout    integer not null,
  statement integer not null,
  reference text    not null,
  amount    integer not null,
  holder    text    not null,
  bank      text    not null,
  number    blob    not null,
  last4     text    not null,
  state     text    not null,
  reason    text,
  changed   integer not null,
  primary key (payout, statement)
) strict, without rowid;
create unique index payout_transfer_reference on payout_transfer (reference);

create table payout_account (
  kind    text    not null,
  owner   integer not null,
  holder  text    not null,
  bank    text    not null,
  number  blob    not null,
  last4   text    not null,
  version integer not null,
  at      integer not null,
  primary key (kind, owner)
) strict, without rowid;
