create table delivery_claim (
  id             integer primary key,
  delivery_order integer not null,
  buyer          integer not null,
  provider       integer not null,
  state          integer not null,
  dispute        integer not null,
  open           integer not null,
  at             integer not null,
  since          integer not null,
  answer_until   integer not null,
  refund         integer,
  failed         integer not null,
  tries          integer not null,
  version        integer not null,
  said           text    not null
) strict;
create index delivery_claim_order on delivery_claim (delivery_order, id);
create index delivery_claim_provider on delivery_claim (provider, id);
create index delivery_claim_open on delivery_claim (since, id) where open = 1;
create index delivery_claim_refund on delivery_claim (refund) where refund is not null;

create table delivery_claim_history (
  claim   integer not null,
  version integer not null,
  state   integer not null,
  dispute integer not null,
  actor   integer not null,
  role    integer not null,
  reason  text,
  at      integer not null,
  primary key (claim, version)
) strict, without rowid;

-- What claims gave back for an order, all together.
create table delivery_returned (
  delivery_order integer primary key,
  claims         integer not null,
  lines          text    not null,
  buyer          integer not null,
  money          integer not null,
  version        integer not null
) strict;

-- What a gateway did not do for an order, or took back.
create table delivery_trouble (
  delivery_order integer not null,
  what           integer not null,
  at             integer not null,
  done           integer not null,
  actor          integer,
  note           text,
  primary key (delivery_order, what)
) strict, without rowid;
create index delivery_trouble_open on delivery_trouble (at, delivery_order) where done = 0;

-- Coins as they came.
create table coin_lot (
  cause   integer not null,
  leg     text    not null,
  person  integer not null,
  expires integer not null,
  minor   integer not null,
  over    integer not null,
  primary key (cause, leg)
) strict, without rowid;
create index coin_lot_person on coin_lot (person, expires);
create index coin_lot_due on coin_lot (expires) where over = 0;

-- Cash that riders have taken and not handed in.
create table delivery_cash (
  rider integer primary key,
  minor integer not null
) strict;
create index delivery_cash_over on delivery_cash (minor);
