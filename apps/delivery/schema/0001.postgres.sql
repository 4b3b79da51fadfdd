create table delivery_store (
  market        bigint not null default iroko_market(),
  id            bigint not null,
  provider      bigint not null,
  name          text   not null,
  kind          text   not null,
  address       text   not null,
  phone         text,
  about         text,
  photo         text,
  lat           bigint not null,
  long          bigint not null,
  radius_m      bigint,
  state         text   not null,
  state_value   bigint,
  prepares_min  bigint not null,
  basket_min    bigint not null,
  has_power     bigint not null,
  takes_cash    bigint not null,
  commission_bp bigint,
  hours         text   not null,
  menu_version  bigint not null,
  at            bigint not null,
  updated       bigint not null,
  version       bigint not null,
  primary key (market, id)
) partition by list (market);
create index delivery_store_provider on delivery_store (market, provider, id);
select iroko_isolate('delivery_store');

create table delivery_area (
  market bigint not null default iroko_market(),
  store  bigint not null,
  shape  bytea  not null,
  primary key (market, store)
) partition by list (market);
select iroko_isolate('delivery_area');

create table delivery_part (
  market  bigint not null default iroko_market(),
  part    text   not null,
  version bigint not null,
  primary key (market, part)
) partition by list (market);
select iroko_isolate('delivery_part');

create table delivery_preparation (
  market  bigint not null default iroko_market(),
  store   bigint not null,
  hour    bigint not null,
  seconds bigint not null,
  seen    bigint not null,
  primary key (market, store, hour)
) partition by list (market);
select iroko_isolate('delivery_preparation');

create table delivery_product (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  store    bigint not null,
  sku      text,
  name     text   not null,
  about    text,
  section  text   not null,
  place    bigint not null,
  price    bigint not null,
  vat_bp   bigint not null,
  options  text   not null,
  photo    text,
  state    text   not null,
  hours    text,
  each_max bigint not null,
  stock_id bigint,
  at       bigint not null,
  updated  bigint not null,
  version  bigint not null,
  primary key (market, id)
) partition by list (market);
create index delivery_product_menu on delivery_product (market, store, place, id);
create unique index delivery_product_sku on delivery_product (market, store, sku) where sku is not null;
select iroko_isolate('delivery_product');

create table delivery_stock (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  store    bigint not null,
  on_hand  bigint not null,
  reserved bigint not null,
  primary key (market, id),
  check (reserved >= 0 and on_hand >= reserved)
) partition by list (market);
create index delivery_stock_store on delivery_stock (market, store, id);
select iroko_isolate('delivery_stock');

create table delivery_reservation (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  subject bigint not null,
  state   text   not null,
  until   bigint not null,
  lines   text   not null,
  at      bigint not null,
  primary key (market, id)
) partition by list (market);
create index delivery_reservation_held on delivery_reservation (market, until, id) where state = 'held';
create index delivery_reservation_subject on delivery_reservation (market, subject, id);
select iroko_isolate('delivery_reservation');
