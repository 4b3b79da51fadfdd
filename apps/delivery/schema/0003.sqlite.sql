create table delivery_order (
  id          integer primary key,
  buyer       integer not null,
  store       integer not null,
  provider    integer not null,
  status      integer not null,
  open        integer not null,
  paid        integer not null,
  payment     integer,
  reservation integer,
  job         integer,
  rider       integer,
  total       integer not null,
  at          integer not null,
  since       integer not null,
  ready       integer,
  due         integer,
  pin         text    not null,
  proof       text,
  reason      text,
  kept        integer not null,
  returned    integer not null,
  earned      integer not null,
  stuck       integer not null,
  version     integer not null,
  fixed       text    not null
) strict;
create index delivery_order_buyer on delivery_order (buyer, id);
create index delivery_order_store on delivery_order (store, open, id);
create index delivery_order_rider on delivery_order (rider, id) where rider is not null;
create index delivery_order_open on delivery_order (since, id) where open = 1;

create table delivery_history (
  delivery_order integer not null,
  version        integer not null,
  status         integer not null,
  actor          integer not null,
  role           integer not null,
  reason         text,
  at             integer not null,
  primary key (delivery_order, version)
) strict, without rowid;
