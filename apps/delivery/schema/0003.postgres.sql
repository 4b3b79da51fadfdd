create table delivery_order (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  buyer       bigint not null,
  store       bigint not null,
  provider    bigint not null,
  status      bigint not null,
  open        bigint not null,
  paid        bigint not null,
  payment     bigint,
  reservation bigint,
  job         bigint,
  rider       bigint,
  total       bigint not null,
  at          bigint not null,
  since       bigint not null,
  ready       bigint,
  due         bigint,
  pin         text   not null,
  proof       text,
  reason      text,
  kept        bigint not null,
  returned    bigint not null,
  earned      bigint not null,
  stuck       bigint not null,
  version     bigint not null,
  fixed       text   not null,
  primary key (market, id)
) partition by list (market);
create index delivery_order_buyer on delivery_order (market, buyer, id);
create index delivery_order_store on delivery_order (market, store, open, id);
create index delivery_order_rider on delivery_order (market, rider, id) where rider is not null;
create index delivery_order_open on delivery_order (market, since, id) where open = 1;
select iroko_isolate('delivery_order');

create table delivery_history (
  market         bigint not null default iroko_market(),
  delivery_order bigint not null,
  version        bigint not null,
  status         bigint not null,
  actor          bigint not null,
  role           bigint not null,
  reason         text,
  at             bigint not null,
  primary key (market, delivery_order, version)
) partition by list (market);
select iroko_isolate('delivery_history');
