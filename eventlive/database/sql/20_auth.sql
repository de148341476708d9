-- The auth schema: the columns of GoTrue's tables that the stand-in uses, under their own names,
-- and the functions that policies call (protocol B and C.5). Identities are not stored: with
-- passwords alone everybody has exactly one, and it follows from the user.

create schema auth;
grant usage on schema auth to anon, authenticated, service_role;

create table auth.users (
    id uuid primary key default gen_random_uuid(),
    aud text not null default 'authenticated',
    role text not null default 'authenticated',
    email text,
    encrypted_password text,
    email_confirmed_at timestamptz,
    last_sign_in_at timestamptz,
    raw_app_meta_data jsonb not null default '{}',
    raw_user_meta_data jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    banned_until timestamptz,
    is_anonymous boolean not null default false
);

create unique index users_email_key on auth.users (lower(email));

create table auth.sessions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    refreshed_at timestamptz,
    user_agent text,
    aal text not null default 'aal1'
);

create index on auth.sessions (user_id);

-- A family of tokens: each points at the one it replaced. Only the newest is not revoked.
create table auth.refresh_tokens (
    id bigint primary key generated always as identity,
    token text not null unique,
    parent text,
    session_id uuid not null references auth.sessions (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    revoked boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index on auth.refresh_tokens (session_id);
create index on auth.refresh_tokens (user_id);

-- A setting that was only local to an earlier transaction of the same connection reads as '',
-- not as null; hence every nullif.

create function auth.jwt() returns jsonb
language sql stable
as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;

create function auth.uid() returns uuid
language sql stable
as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''), auth.jwt() ->> 'sub'
    )::uuid
$$;

create function auth.role() returns text
language sql stable
as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''), auth.jwt() ->> 'role'
    )
$$;

create function auth.email() returns text
language sql stable
as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.email', true), ''), auth.jwt() ->> 'email'
    )
$$;
