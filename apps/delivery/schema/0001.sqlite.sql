create table delivery_store (
  id            integer primary key,
  provider      integer not null,
  name          text    not null,
  kind          text    not null,
  address       text    not null,
  phone         text,
  about         text,
  photo         text,
  lat           integer not null,
  long          integer not null,
  radius_m      integer,
  state         text    not null,
  state_value   integer,
  prepares_min  integer not null,
  basket_min    integer not null,
  has_power     integer not null,
  takes_cash    integer not null,
  commission_bp integer,
  hours         text    not null,
  menu_version  integer not null,
  at            integer not null,
  updated       integer not null,
  version       integer not null
) strict;
create index delivery_store_provider on delivery_store (provider, id);

create table delivery_area (
  store integer primary key,
  shape blob    not null
) strict;

create table delivery_part (
  part    text    not null primary key,
  version integer not null
) strict, without rowid;

create table delivery_preparation (
  store   integer not null,
  hour    integer not null,
  seconds integer not null,
  seen    integer not null,
  primary key (store, hour)
) strict, without rowid;

create table delivery_product (
  id       integer primary key,
  store    integer not null,
  sku      text,
  name     text    not null,
  about    text,
  section  text    not null,
  place    integer not null,
  price    integer not null,
  vat_bp   integer not null,
  options  text    not null,
  photo    text,
  state    text    not null,
  hours    text,
  each_max integer not null,
  stock_id integer,
  at       integer not null,
  updated  integer not null,
  version  integer not null
) strict;
create index delivery_product_menu on delivery_product (store, place, id);
create unique index delivery_product_sku on delivery_product (store, sku) where sku is not null;

create table delivery_stock (
  id       integer primary key,
  store    integer not null,
  on_hand  integer not null,
  reserved integer not null,
  check (reserved >= 0 and on_hand >= reserved)
) strict;
create index delivery_stock_store on delivery_stock (store, id);

create table delivery_reservation (
  id      integer primary key,
  subject integer not null,
  state   text    not null,
  until   integer not null,
  lines   text    not null,
  at      integer not null
) strict;
create index delivery_reservation_held on delivery_reservation (until, id) where state = 'held';
create index delivery_reservation_subject on delivery_reservation (subject, id);
