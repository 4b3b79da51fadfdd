create table payment (
  id           integer primary key,
  about        integer not null,
  payer        integer,
  method       text    not null,
  currency     text    not null,
  amount       integer not null,
  state        text    not null,
  reason       text,
  token        text,
  contact      text,
  note         text    not null,
  brand        text,
  last4        text,
  authorised   integer not null,
  captured     integer not null,
  refunded     integer not null,
  refunding    integer not null,
  charged_back integer not null,
  collected_by integer,
  told_waiting integer not null,
  expires      integer not null,
  hold_s       integer not null,
  version      integer not null,
  at           integer not null,
  changed      integer not null
) strict;
create index payment_about on payment (about, id);
create index payment_state on payment (state, id);
create index payment_payer on payment (payer, id);
create index payment_at on payment (at, id);

create table payment_attempt (
  id       integer primary key,
  payment  integer not null,
  flow     text    not null,
  of       integer not null,
  refund   integer,
  gateway  integer not null,
  amount   integer not null,
  state    text    not null,
  external text,
  next     text,
  code     text,
  detail   text,
  fee      integer,
  asked    integer not null,
  due      integer not null,
  sent     integer,
  at       integer not null
) strict;
create index payment_attempt_payment on payment_attempt (payment, id);
create index payment_attempt_external on payment_attempt (gateway, external);
create index payment_attempt_sent on payment_attempt (gateway, sent);

create table payment_refund (
  id      integer primary key,
  payment integer not null,
  of      integer not null,
  amount  integer not null,
  funding text    not null,
  reason  text    not null,
  state   text    not null,
  code    text,
  at      integer not null
) strict;
create index payment_refund_payment on payment_refund (payment, id);

create table gateway_account (
  number       integer primary key,
  adapter      text    not null,
  name         text    not null,
  method       text    not null,
  currency     text    not null,
  url          text    not null,
  secrets      blob    not null,
  fixed        integer not null,
  basis_points integer not null,
  enabled      integer not null,
  priority     integer not null,
  amount_max   integer,
  version      integer not null,
  at           integer not null
) strict;

create table gateway_callback (
  id        integer primary key,
  gateway   integer not null,
  reference text    not null,
  hash      blob    not null,
  body      text    not null,
  state     text    not null,
  at        integer not null
) strict;
create unique index gateway_callback_same on gateway_callback (gateway, reference, hash);
create index gateway_callback_at on gateway_callback (at, id);

create table reconciliation (
  id          integer primary key,
  gateway     integer not null,
  hash        blob    not null,
  begins      integer not null,
  ends        integer not null,
  lines       integer not null,
  matched     integer not null,
  differences integer not null,
  rejected    integer not null,
  actor       integer not null,
  at          integer not null
) strict;
create unique index reconciliation_hash on reconciliation (gateway, hash, begins, ends);

create table reconciliation_row (
  id        integer primary key,
  run       integer not null,
  place     integer not null,
  kind      text    not null,
  line      integer,
  payment   integer,
  reference text    not null,
  ours      integer,
  theirs    integer,
  said      text    not null
) strict;
create index reconciliation_row_run on reconciliation_row (run, place);
