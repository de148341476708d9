-- What the stand-in keeps for itself, where no API role may look: the seed of the project's keys, which
-- must outlive a restart, as the data does.

create schema standin;
revoke all on schema standin from public;

create table standin.project (
    only_row boolean primary key default true check (only_row),
    seed text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
alter table standin.project enable row level security;

insert into standin.project default values;
