-- How a market stops taking commits here, for every process that is connected.

-- 0 serving; 1 frozen: reads go on, commits are refused; 2 arrived: a complete copy that the placement
-- does not name yet; 3 moved away, 4 archived: the row stays, so that nobody writes here by mistake.
alter table resident add column state bigint not null default 0 check (state between 0 and 4);

-- Called by every commit. The lock is shared among commits and held to their end; who freezes the market
-- takes it alone, and so knows that none is under way. Being volatile, the function reads what was
-- committed before this moment, whatever its statement saw when it began.
create function iroko_enter(wanted bigint) returns boolean language plpgsql volatile as $$
declare
  its record;
begin
  if iroko_market() is distinct from wanted then
    raise exception using errcode = 'IR002', message = 'the connection is set to another market';
  end if;
  if not pg_try_advisory_xact_lock_shared(hashtextextended('iroko.fence', wanted)) then
    raise exception using errcode = 'IR003', message = wanted::text;
  end if;
  select name, state into its from resident where market = wanted;
  if its.state > 0 then
    raise exception using errcode = case its.state when 4 then 'IR004' else 'IR003' end, message = its.name;
  end if;
  return true;
end $$;
