create table endpoint (
  code         text    not null primary key,
  name         text    not null,
  url          text    not null,
  jurisdiction text,
  form         text    not null,
  api_key      blob,
  open         integer not null,
  at           integer not null
) strict, without rowid;

create table forwarding (
  category text not null primary key,
  endpoint text not null,
  service  text not null
) strict, without rowid;

create table forward (
  request  integer primary key,
  endpoint text    not null,
  service  text    not null,
  state    text    not null,
  tries    integer not null default 0,
  unsure   integer not null default 0,
  token    text,
  external text,
  detail   text,
  note     text,
  since    integer not null,
  due      integer not null
) strict;
create index forward_due on forward (state, due, request);
create index forward_external on forward (endpoint, external) where external is not null;
create index history_told on history (at, id) where public = 1;
