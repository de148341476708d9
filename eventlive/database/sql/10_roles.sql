-- What every Supabase database has before its first migration: API roles, default privileges,
-- the extensions schema and the Realtime publication. Roles belong to the whole cluster, so
-- they may be there already.

do $$
begin
    if to_regrole('anon') is null then
        create role anon nologin noinherit;
    end if;
    if to_regrole('authenticated') is null then
        create role authenticated nologin noinherit;
    end if;
    if to_regrole('service_role') is null then
        create role service_role nologin noinherit bypassrls;
    end if;
    -- The login of PostgREST: it can become each of the three and is none of them (protocol C.5).
    if to_regrole('authenticator') is null then
        create role authenticator nologin noinherit;
    end if;
    -- The login of Auth: migrations grant to it what their hooks need.
    if to_regrole('supabase_auth_admin') is null then
        create role supabase_auth_admin nologin noinherit;
    end if;
end
$$;

grant anon, authenticated, service_role to authenticator;

-- Row level security decides who sees what, so the grants themselves are wide (as on Supabase).
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public
    grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public
    grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public
    grant all on functions to anon, authenticated, service_role;

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;

do $$
begin
    execute format('alter database %I set search_path = "$user", public, extensions',
                   current_database());
    -- Without the preload every look at the view would be an error.
    if current_setting('shared_preload_libraries') like '%pg_stat_statements%' then
        create extension pg_stat_statements schema extensions;
    end if;
    -- Not every server has the extension; old migrations call this one function of it.
    if exists (select from pg_available_extensions where name = 'uuid-ossp') then
        create extension "uuid-ossp" schema extensions;
    else
        create function extensions.uuid_generate_v4() returns uuid
        language sql volatile as 'select gen_random_uuid()';
    end if;
end
$$;

create publication supabase_realtime;
