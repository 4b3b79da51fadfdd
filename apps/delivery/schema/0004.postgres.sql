create table outage_warned (
  market    bigint not null default iroko_market(),
  area      text   not null,
  person    bigint not null,
  cut_from  bigint not null,
  cut_until bigint not null,
  primary key (market, area, person, cut_from, cut_until)
) partition by list (market);
create index outage_warned_over on outage_warned (market, cut_until);
select iroko_isolate('outage_warned');
