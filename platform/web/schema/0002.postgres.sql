alter table answer add column media text;
