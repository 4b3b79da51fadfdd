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
