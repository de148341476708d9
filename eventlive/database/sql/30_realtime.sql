-- What Realtime keeps in a Supabase database: messages with their policies, the sending functions,
-- and a feed of committed changes. Hosted Realtime reads a replication slot; here triggers fill an
-- outbox and NOTIFY its ids, which PostgreSQL delivers after commit and in commit order.

create schema realtime;
grant usage on schema realtime to anon, authenticated, service_role;

-- Policies on this table decide who may receive (select) and send (insert) on a private topic.
create table realtime.messages (
    id uuid primary key default gen_random_uuid(),
    topic text not null,
    extension text not null,
    payload jsonb,
    binary_payload bytea,
    event text,
    private boolean default false,
    inserted_at timestamp not null default (now() at time zone 'UTC'),
    updated_at timestamp not null default (now() at time zone 'UTC')
);

create index on realtime.messages (topic, inserted_at) where extension = 'broadcast';
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

-- The topic that a policy is asked about, without the prefix "realtime:".
create function realtime.topic() returns text
language sql stable
as $$ select nullif(current_setting('realtime.topic', true), '') $$;

-- A failed broadcast must not fail the transaction that wanted to tell about itself.
create function realtime.send(
    payload jsonb, event text, topic text, private boolean default true
) returns void
language plpgsql
as $$
declare
    message_id uuid := gen_random_uuid();
begin
    perform set_config('realtime.topic', topic, true);
    if not payload ? 'id' then
        payload := payload || jsonb_build_object('id', message_id);
    end if;
    insert into realtime.messages (id, payload, event, topic, private, extension)
    values (message_id, payload, event, topic, private, 'broadcast');
exception when others then
    raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end
$$;

create function realtime.send_binary(
    payload bytea, event text, topic text, private boolean default true
) returns void
language plpgsql
as $$
begin
    perform set_config('realtime.topic', topic, true);
    insert into realtime.messages (binary_payload, event, topic, private, extension)
    values (payload, event, topic, private, 'broadcast');
exception when others then
    raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end
$$;

create function realtime.broadcast_changes(
    topic_name text, event_name text, operation text, table_name text, table_schema text,
    new record, old record, level text default 'ROW'
) returns void
language plpgsql
as $$
begin
    if level = 'STATEMENT' then
        raise exception 'function can only be triggered for each row, not for each statement';
    end if;
    perform realtime.send(
        jsonb_build_object(
            'schema', table_schema, 'table', table_name, 'operation', operation,
            'record', new, 'old_record', old
        ),
        event_name, topic_name
    );
end
$$;

-- Unlogged: after a crash nobody is connected any more who could be owed these rows.
create unlogged table realtime.outbox (
    id bigint generated always as identity primary key,
    recorded_at timestamptz not null default clock_timestamp(),
    table_schema text not null,
    table_name text not null,
    operation text not null,
    new_row jsonb,
    old_row jsonb
);

-- Owner's rights, since whoever writes a watched table may not write the outbox; UTC, since
-- to_jsonb() prints timestamps in the zone of the session.
create function realtime.record_change() returns trigger
language plpgsql security definer set search_path = '' set timezone = 'UTC'
as $$
declare
    change_id bigint;
begin
    insert into realtime.outbox (table_schema, table_name, operation, new_row, old_row)
    values (tg_table_schema, tg_table_name, tg_op, to_jsonb(new), to_jsonb(old))
    returning id into change_id;
    perform pg_notify('realtime', change_id::text);
    return null;
end
$$;

-- Authorization probes have no event and are rolled back: nothing to tell.
create trigger message_is_sent
after insert on realtime.messages
for each row when (new.extension = 'broadcast' and new.event is not null)
execute function realtime.record_change();

-- Afterwards exactly the tables in publication supabase_realtime are watched.
create function realtime.watch_publication() returns void
language plpgsql set search_path = ''
as $$
declare
    watched regclass;
begin
    for watched in
        select tgrelid from pg_trigger
        where tgname = 'realtime_watch' and tgrelid not in (select realtime.published_tables())
    loop
        execute format('drop trigger realtime_watch on %s', watched);
    end loop;
    for watched in
        select realtime.published_tables()
        except select tgrelid from pg_trigger where tgname = 'realtime_watch'
    loop
        execute format(
            'create trigger realtime_watch after insert or update or delete on %s'
            ' for each row execute function realtime.record_change()', watched
        );
    end loop;
end
$$;

create function realtime.published_tables() returns setof regclass
language sql stable set search_path = ''
as $$
    select format('%I.%I', schemaname, tablename)::regclass from pg_publication_tables
    where pubname = 'supabase_realtime' and schemaname <> 'realtime'
$$;

create function realtime.follow_publication() returns event_trigger
language plpgsql set search_path = ''
as $$ begin perform realtime.watch_publication(); end $$;

-- Only a superuser may create event triggers; without one, Realtime looks once when it starts.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        create event trigger realtime_follows_publication on ddl_command_end
        when tag in ('CREATE PUBLICATION', 'ALTER PUBLICATION')
        execute function realtime.follow_publication();
    end if;
end
$$;

-- Which of the rows with these primary keys does each subscriber see now? Both inputs are JSON
-- arrays, of key objects and of JWT claims; the answers are positions in them, from 1. A policy
-- that fails hides the rows from the one subscriber, not from the others.
create function realtime.visible_rows(watched regclass, keys jsonb, subscribers jsonb)
returns table (subscriber bigint, row_number bigint)
language plpgsql
as $$
declare
    claims jsonb;
    same_key text;
begin
    select string_agg(
        format('t.%1$I = (k.value ->> %1$L)::%2$s', attname, format_type(atttypid, atttypmod)),
        ' and ')
    into same_key
    from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
    where indrelid = watched and indisprimary;

    for subscriber, claims in
        select ordinality, value from jsonb_array_elements(subscribers) with ordinality
    loop
        begin
            perform set_config('request.jwt.claims', claims::text, true),
                    set_config('request.jwt.claim.sub', coalesce(claims ->> 'sub', ''), true),
                    set_config('request.jwt.claim.role', claims ->> 'role', true),
                    set_config('role', claims ->> 'role', true);
            for row_number in execute format(
                'select k.ordinality from jsonb_array_elements($1) with ordinality k'
                ' where exists (select from %s t where %s)', watched, same_key) using keys
            loop
                return next;
            end loop;
        exception when others then
            raise warning 'change hidden from a subscriber: %', sqlerrm;
        end;
    end loop;
    perform set_config('role', 'none', true);
end
$$;
revoke execute on function
    realtime.visible_rows(regclass, jsonb, jsonb), realtime.watch_publication(),
    realtime.record_change()
from public;
