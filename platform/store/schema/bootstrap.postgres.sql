-- What every other step on PostgreSQL stands on.

-- Roles belong to the whole cluster: another database may be making them at this moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['iroko_app', 'iroko_relay'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then
      null;
    end;
    if not pg_has_role(current_user, wanted, 'member') then
      execute format('grant %I to current_user', wanted);
    end if;
    execute format('grant usage on schema %I to %I', current_schema(), wanted);
  end loop;
end $$;

-- The market that the connection is set to. Without one: null, which equals nothing.
create function iroko_market() returns bigint language sql stable parallel safe
  as $$ select nullif(current_setting('iroko.market', true), '')::bigint $$;

-- The guard of this change did not hold.
create function iroko_miss(number integer) returns integer language plpgsql volatile
  as $$ begin raise exception using errcode = 'IR001', message = number::text; end $$;

-- Makes a table, keyed and list-partitioned by market, show each market only its own rows. The
-- partitions themselves are granted to nobody; the owner, who migrates, may see all.
create function iroko_isolate(name text) returns void language plpgsql as $$
begin
  if exists (select 1 from pg_partitioned_table where partrelid = name::regclass) then
    execute format('create table %I partition of %I default', name || '_default', name);
  end if;
  execute format('alter table %I enable row level security, force row level security', name);
  execute format('create policy own_market on %I to iroko_app using (market = iroko_market()) with check (market = iroko_market())', name);
  execute format('create policy chores on %I to current_user using (true) with check (true)', name);
  execute format('grant select, insert, update, delete on %I to iroko_app', name);
end $$;

-- The markets that have been made in this database.
create table resident (
  market bigint not null default iroko_market() primary key,
  name   text   not null,
  kind   bigint not null
);
select iroko_isolate('resident');
