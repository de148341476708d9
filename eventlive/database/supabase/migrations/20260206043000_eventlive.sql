-- EventLive's own tables, policies and chat transport, as they would be written for a hosted project.
-- Rules kept throughout: row level security on every table; `(select auth.uid())` so that the
-- planner evaluates it once per query (incident report, section 9); column grants instead of trust.

create table public.webinars (
    id bigint primary key,
    title text not null check (char_length(title) between 1 and 200),
    starts_at timestamptz not null default now(),
    open_registration boolean not null default false
);

create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text not null,
    role text not null default 'member' check (role in ('member', 'admin'))
);

-- The key is composite on purpose: there is no registrations.id (incident report, section 4.1).
create table public.registrations (
    webinar_id bigint not null references public.webinars (id) on delete cascade,
    user_id uuid not null references public.profiles (id) on delete cascade,
    registered_at timestamptz not null default now(),
    last_entered_at timestamptz,
    primary key (webinar_id, user_id)
);

create table public.messages (
    id bigint generated always as identity primary key,
    webinar_id bigint not null references public.webinars (id) on delete cascade,
    user_id uuid not null references public.profiles (id) on delete cascade,
    kind text not null default 'chat' check (kind in ('chat', 'greeting')),
    body text not null check (char_length(body) between 1 and 2000),
    client_id uuid not null,
    hidden_at timestamptz,
    created_at timestamptz not null default now(),
    unique (user_id, client_id)
);

create table public.webinar_live_presence (
    webinar_id bigint not null references public.webinars (id) on delete cascade,
    user_id uuid not null references public.profiles (id) on delete cascade,
    session_id uuid not null,
    last_seen_at timestamptz not null default now(),
    primary key (webinar_id, user_id, session_id)
);

-- One page of one person. auth_session_id is the token's, so that nobody can claim another: tabs of
-- one browser share it, and a sign-in on another device has one of its own.
create table public.webinar_user_sessions (
    id uuid primary key,
    webinar_id bigint not null references public.webinars (id) on delete cascade,
    user_id uuid not null references public.profiles (id) on delete cascade,
    started_at timestamptz not null default now(),
    last_track_at timestamptz not null default now(),
    ended_at timestamptz,
    auth_session_id uuid default (auth.jwt() ->> 'session_id')::uuid
);

create index on public.registrations (user_id);
create index on public.messages (webinar_id, id);
create index on public.webinar_live_presence (webinar_id, last_seen_at);
create index on public.webinar_live_presence (user_id);
create index on public.webinar_user_sessions (webinar_id, user_id);

-- Who somebody is. SECURITY DEFINER: a policy that read the table it protects would recurse
-- (42P17). STABLE with a fixed search_path: cheap to call and not to be hijacked.

create function public.is_admin() returns boolean
language sql stable security definer set search_path = ''
as $$
    select exists (
        select from public.profiles where id = (select auth.uid()) and role = 'admin'
    )
$$;

create function public.is_registered(webinar bigint) returns boolean
language sql stable security definer set search_path = ''
as $$
    select exists (
        select from public.registrations
        where webinar_id = webinar and user_id = (select auth.uid())
    )
$$;

create function public.is_open(webinar bigint) returns boolean
language sql stable security definer set search_path = ''
as $$
    select exists (select from public.webinars where id = webinar and open_registration)
$$;

-- Everybody registered for a webinar of the caller's: whose names may be read.
create function public.fellow_attendees() returns setof uuid
language sql stable security definer set search_path = ''
as $$
    select theirs.user_id
    from public.registrations mine
    join public.registrations theirs using (webinar_id)
    where mine.user_id = (select auth.uid())
$$;

-- The webinar that a Realtime topic belongs to; null for any other topic.
create function public.topic_webinar(topic text) returns bigint
language sql immutable set search_path = ''
as $$ select substring(topic from '^webinar:([0-9]{1,18})$')::bigint $$;

revoke execute on function
    public.is_admin(), public.is_registered(bigint), public.is_open(bigint),
    public.fellow_attendees(), public.topic_webinar(text)
from public, anon;
grant execute on function
    public.is_admin(), public.is_registered(bigint), public.is_open(bigint),
    public.fellow_attendees(), public.topic_webinar(text)
to authenticated, service_role;

-- A profile follows its user: made at sign-up, and again when the admin API changes the role.
create function public.follow_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.profiles (id, display_name, role)
    values (
        new.id,
        left(coalesce(nullif(new.raw_user_meta_data ->> 'display_name', ''),
                      split_part(new.email, '@', 1), '손님'), 50),
        case new.raw_app_meta_data ->> 'role' when 'admin' then 'admin' else 'member' end
    )
    on conflict (id) do update set role = excluded.role;
    return null;
end
$$;

create trigger profile_follows_user
after insert or update of raw_app_meta_data on auth.users
for each row execute function public.follow_user();

-- What readers ask for. security_invoker: the caller's own policies decide.

-- One row: what the caller needs to know at the door of a webinar. A page that is still there has
-- tracked its visit in the last five minutes.
create view public.entrances with (security_invoker = true) as
select w.id as webinar_id, w.title, w.open_registration,
       p.id as user_id, p.display_name, p.role,
       public.is_registered(w.id) as is_registered,
       array(
           select s.id
           from public.webinar_user_sessions s
           where s.webinar_id = w.id and s.user_id = p.id and s.ended_at is null
             and s.last_track_at > now() - interval '6 minutes'
             and s.auth_session_id <> (auth.jwt() ->> 'session_id')::uuid
       ) as visits_elsewhere
from public.webinars w
join public.profiles p on p.id = (select auth.uid());

-- A message with its author's name: the shape that the page, the poll and the broadcast share.
create view public.chat with (security_invoker = true) as
select m.id, m.webinar_id, m.user_id, p.display_name as author, m.kind, m.body, m.client_id,
       m.created_at, m.hidden_at
from public.messages m
left join public.profiles p on p.id = m.user_id;

-- Who is there, one row per person however many tabs they have open.
create view public.live_attendees with (security_invoker = true) as
select l.webinar_id, l.user_id, p.display_name, max(l.last_seen_at) as last_seen_at
from public.webinar_live_presence l
join public.profiles p on p.id = l.user_id
group by l.webinar_id, l.user_id, p.display_name;

revoke all on
    public.webinars, public.profiles, public.registrations, public.messages,
    public.webinar_live_presence, public.webinar_user_sessions,
    public.entrances, public.chat, public.live_attendees
from anon, authenticated;
grant all on
    public.webinars, public.profiles, public.registrations, public.messages,
    public.webinar_live_presence, public.webinar_user_sessions,
    public.entrances, public.chat, public.live_attendees
to service_role;
grant select on
    public.webinars, public.profiles, public.registrations, public.messages,
    public.webinar_live_presence, public.webinar_user_sessions,
    public.entrances, public.chat, public.live_attendees
to authenticated;
-- Upserts write their key columns back, so those need the update grant too.
grant insert (webinar_id, user_id, last_entered_at),
      update (webinar_id, user_id, last_entered_at) on public.registrations to authenticated;
grant insert (webinar_id, user_id, kind, body, client_id),
      update (hidden_at) on public.messages to authenticated;
grant insert, update, delete on public.webinar_live_presence to authenticated;
grant insert (id, webinar_id, user_id, last_track_at),
      update (id, webinar_id, user_id, last_track_at, ended_at)
on public.webinar_user_sessions to authenticated;

alter table public.webinars enable row level security;
alter table public.profiles enable row level security;
alter table public.registrations enable row level security;
alter table public.messages enable row level security;
alter table public.webinar_live_presence enable row level security;
alter table public.webinar_user_sessions enable row level security;

create policy "everybody signed in sees the programme" on public.webinars
for select to authenticated using (true);

create policy "names of oneself, of hosts and of fellow attendees" on public.profiles
for select to authenticated using (
    id = (select auth.uid())
    or role = 'admin'
    or id in (select public.fellow_attendees())
    or (select public.is_admin())
);

create policy "one sees one's own registrations" on public.registrations
for select to authenticated
using (user_id = (select auth.uid()) or (select public.is_admin()));

-- One upsert serves first entry and every later one: an open webinar lets anybody in, a closed
-- one only those who already are registered. So the door needs no look-up that could fail open.
create policy "one registers oneself where that is open" on public.registrations
for insert to authenticated
with check (
    user_id = (select auth.uid())
    and (public.is_open(webinar_id) or public.is_registered(webinar_id))
);

create policy "one updates one's own registration" on public.registrations
for update to authenticated
using (user_id = (select auth.uid()))
with check (
    user_id = (select auth.uid())
    and (public.is_open(webinar_id) or public.is_registered(webinar_id))
);

create policy "attendees read what is not hidden, admins everything" on public.messages
for select to authenticated using (
    (
        hidden_at is null
        and webinar_id in (
            select webinar_id from public.registrations where user_id = (select auth.uid())
        )
    )
    or (select public.is_admin())
);

create policy "attendees write in their own name" on public.messages
for insert to authenticated with check (
    user_id = (select auth.uid())
    and (public.is_registered(webinar_id) or (select public.is_admin()))
);

create policy "admins hide messages" on public.messages
for update to authenticated
using ((select public.is_admin())) with check ((select public.is_admin()));

create policy "one sees one's own presence" on public.webinar_live_presence
for select to authenticated
using (user_id = (select auth.uid()) or (select public.is_admin()));

-- A ping that comes after its visit has ended, for being slow or unaware of it, takes no seat.
create policy "attendees are present in their own name" on public.webinar_live_presence
for insert to authenticated with check (
    user_id = (select auth.uid())
    and (public.is_registered(webinar_id) or (select public.is_admin()))
    and not exists (
        select from public.webinar_user_sessions visit
        where visit.id = session_id and visit.ended_at is not null
    )
);

create policy "attendees stay present in their own name" on public.webinar_live_presence
for update to authenticated
using (user_id = (select auth.uid()))
with check (
    user_id = (select auth.uid())
    and (public.is_registered(webinar_id) or (select public.is_admin()))
);

create policy "one ends one's own presence" on public.webinar_live_presence
for delete to authenticated using (user_id = (select auth.uid()));

create policy "one sees one's own sessions" on public.webinar_user_sessions
for select to authenticated
using (user_id = (select auth.uid()) or (select public.is_admin()));

create policy "attendees open their own sessions" on public.webinar_user_sessions
for insert to authenticated with check (
    user_id = (select auth.uid())
    and (public.is_registered(webinar_id) or (select public.is_admin()))
);

create policy "attendees carry their own sessions on" on public.webinar_user_sessions
for update to authenticated
using (user_id = (select auth.uid()))
with check (
    user_id = (select auth.uid())
    and (public.is_registered(webinar_id) or (select public.is_admin()))
);

-- The private topic webinar:<id>. Nobody but the service role sends broadcasts: with public
-- publishing anybody could speak as the host (incident report, section 11).
create policy "attendees receive their webinar's topic" on realtime.messages
for select to authenticated using (
    extension in ('broadcast', 'presence')
    and (
        (select public.is_registered(public.topic_webinar((select realtime.topic()))))
        or (
            public.topic_webinar((select realtime.topic())) is not null
            and (select public.is_admin())
        )
    )
);

create policy "attendees track their presence" on realtime.messages
for insert to authenticated with check (
    extension = 'presence'
    and (
        (select public.is_registered(public.topic_webinar((select realtime.topic()))))
        or (
            public.topic_webinar((select realtime.topic())) is not null
            and (select public.is_admin())
        )
    )
);

-- What belongs to this installation. No API role may look into schema app.
create schema app;
revoke all on schema app from public;

-- transport: how a stored message reaches the browsers; only 'database' makes the database itself
-- send.
create table app.settings (
    only_row boolean primary key default true check (only_row),
    transport text not null default 'broadcast'
        check (transport in ('broadcast', 'database', 'postgres_changes'))
);
alter table app.settings enable row level security;

insert into app.settings default values;

create function app.set_transport(transport text) returns void
language sql set search_path = ''
as $$ update app.settings set transport = set_transport.transport $$;

-- UTC, since to_jsonb() prints timestamps in the zone of the session.
create function app.announce_message() returns trigger
language plpgsql security definer set search_path = '' set timezone = 'UTC'
as $$
begin
    if (select transport from app.settings) = 'database' then
        perform realtime.send(to_jsonb(c) - 'hidden_at', 'message', 'webinar:' || c.webinar_id, true)
        from public.chat c where c.id = new.id;
    end if;
    return null;
end
$$;

create trigger message_is_announced
after insert on public.messages
for each row execute function app.announce_message();

alter publication supabase_realtime add table public.messages;
