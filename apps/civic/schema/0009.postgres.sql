alter table follower add column confirmed bigint not null default 1;

create table follower_asked (
  market  bigint not null default iroko_market(),
  address bytea  not null,
  day     bigint not null,
  asked   bigint not null,
  primary key (market, address, day)
) partition by list (market);
create index follower_asked_day on follower_asked (market, day);
select iroko_isolate('follower_asked');

create table address_set (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  version bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('address_set');
