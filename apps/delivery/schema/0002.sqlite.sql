create table delivery_rules (
  id      integer primary key,
  version integer not null
) strict;

create table delivery_settings (
  valid_from integer primary key,
  settings   text    not null,
  at         integer not null,
  actor      integer not null
) strict;

create table delivery_quote (
  id          integer primary key,
  buyer       integer not null,
  valid_until integer not null,
  fingerprint blob    not null,
  body        text    not null,
  used_by     integer
) strict;
create index delivery_quote_unused on delivery_quote (valid_until) where used_by is null;

create table demand_history (
  slot      integer not null,
  cell      integer not null,
  orders    integer not null,
  riders    integer not null,
  factor_bp integer not null,
  primary key (slot, cell)
) strict, without rowid;

create table promotion (
  id          integer primary key,
  version     integer not null,
  closed      integer not null,
  code        text,
  valid_until integer not null,
  terms       text    not null
) strict;
create unique index promotion_code on promotion (code) where code is not null and closed = 0;
create index promotion_automatic on promotion (valid_until) where code is null and closed = 0;

create table promotion_count (
  promotion   integer primary key,
  uses        integer not null,
  spent_minor integer not null
) strict;

create table promotion_person (
  promotion integer not null,
  person    integer not null,
  uses      integer not null,
  primary key (promotion, person)
) strict, without rowid;

create table promotion_redemption (
  subject      integer not null,
  promotion    integer not null,
  person       integer not null,
  amount_minor integer not null,
  at           integer not null,
  primary key (subject, promotion)
) strict, without rowid;

create table referral_word (
  person  integer primary key,
  code    text    not null,
  brought integer not null
) strict;
create unique index referral_word_code on referral_word (code);

create table referral (
  person    integer primary key,
  by_person integer not null,
  at        integer not null,
  rewarded  integer
) strict;

create table outage_set (
  id      integer primary key,
  version integer not null,
  areas   integer not null,
  cuts    integer not null,
  at      integer not null
) strict;

create table outage_area (
  code  text primary key,
  name  text not null,
  shape blob not null
) strict, without rowid;

create table outage_schedule (
  area text    primary key,
  cuts text    not null,
  told integer not null
) strict, without rowid;

create table orders_by_hour (
  cell       integer not null,
  hour_start integer not null,
  orders     integer not null,
  primary key (cell, hour_start)
) strict, without rowid;
create index orders_by_hour_when on orders_by_hour (hour_start, cell, orders);

create table forecast_model (
  cell integer primary key,
  at   integer not null,
  body text    not null
) strict;
