-- Ids begin with the time: nothing is looked for by it.
drop index payment_at;
