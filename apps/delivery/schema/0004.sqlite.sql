create table outage_warned (
  area      text    not null,
  person    integer not null,
  cut_from  integer not null,
  cut_until integer not null,
  primary key (area, person, cut_from, cut_until)
) strict, without rowid;
create index outage_warned_over on outage_warned (cut_until);
