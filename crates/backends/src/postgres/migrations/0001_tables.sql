-- Tables, and who may do what with them.
--
-- Three roles, none of which can log in:
--   authenticated     whoever is signed in: Supabase's, made here where there is none
--   stillroom_app     servers that connect themselves; `stillroom migrate --login-role` makes logins that are in it
--   stillroom_keeper  what the functions in the schema stillroom run as. It is no superuser, owns no table and can't
--                     pass by row-level security, so the policies hold inside our own functions as well.
-- The first two read their own rows and write nothing but what the recipe wrote (0003): every change goes through a
-- function of the keeper's.
--
-- Functions name pg_temp last in their search path. Whoever may make temporary things would otherwise be looked at
-- first for types: a temporary domain `uuid`, whose check calls a function of theirs, ran that as the keeper.

do $$
declare
    name text;
begin
    foreach name in array array['anon', 'authenticated', 'stillroom_app', 'stillroom_keeper'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'stillroom_keeper' and (rolsuper or rolbypassrls)) then
        raise exception 'the role stillroom_keeper may pass by row-level security; take that from it, migrate again';
    end if;
    -- To give it the functions, one must be in it; who makes a role is not, from PostgreSQL 16 on.
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        if current_setting('server_version_num')::int >= 160000 then
            execute format('grant stillroom_keeper to %I with inherit false, set true', current_user);
        else
            execute format('grant stillroom_keeper to %I', current_user);
        end if;
    end if;
end $$;

-- Who is asking. Supabase has this; elsewhere it is made, and reads the same claims.
do $$
begin
    if to_regprocedure('auth.uid()') is null then
        create schema if not exists auth;
        create function auth.uid() returns uuid language plpgsql stable set search_path = pg_catalog, pg_temp as $f$
        begin
            return coalesce(
                nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), ''),
                nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
            )::uuid;
        end $f$;
        grant usage on schema auth to authenticated, stillroom_app;
        raise notice 'there was no auth.uid(): it was made, and reads the claims of request.jwt.claims as on Supabase';
    end if;
end $$;

grant usage, create on schema stillroom to stillroom_keeper;
grant select on stillroom.migrations to authenticated, stillroom_app;
grant usage on schema stillroom to authenticated, stillroom_app;

-- A table of this name that isn't ours is the recipe's. It is moved aside whole; a later migration brings its rows.
do $$
begin
    if to_regclass('public.app_results') is not null then
        alter table public.app_results set schema stillroom;
        alter table stillroom.app_results rename to recipe_results;
        revoke all on stillroom.recipe_results from public, anon, authenticated;
    end if;
end $$;

-- One row for each owner: counted by triggers, locked by whatever writes something of this owner's.
create table public.app_result_owners (
    user_id uuid primary key,
    -- Stored bytes of the blobs that are part of the store, and of those that wait for the commit that names them.
    bytes bigint not null default 0,
    waiting_bytes bigint not null default 0,
    -- Versions, hidden ones included, and about how many bytes all rows take beside the blobs' own.
    versions bigint not null default 0,
    record_bytes bigint not null default 0,
    -- How many bytes of blobs there may be; null for any number.
    quota bigint,
    created_at timestamptz not null default now(),
    -- The newest time at which anything of theirs was written: for them time never goes back.
    seen_at timestamptz not null,
    swept_at timestamptz
);

do $$
begin
    if to_regclass('auth.users') is not null then
        alter table public.app_result_owners
            add foreign key (user_id) references auth.users (id) on delete cascade;
    end if;
end $$;

-- The results that are there, a row each, for people and SQL: what the newest version that can be seen looks like.
-- A summary is a picture of the value; the value itself is in the versions and blobs.
create table public.app_results (
    user_id uuid not null default auth.uid() references public.app_result_owners on delete cascade,
    page_key text collate "C" not null,
    result_key text collate "C" not null,
    result_data jsonb not null,
    metadata jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version bigint not null,
    kind text not null,
    bytes bigint not null,
    digest bytea,
    label text,
    expires_at timestamptz,
    primary key (user_id, page_key, result_key)
);
-- A row of a few kilobytes stays in one piece: it is written once and read whole.
alter table public.app_results set (toast_tuple_target = 8160);

-- Every version, the newest included. What may stand in a field is looked at by the functions that write here and to
-- app_results, the only ones who do: a table's checks are read again for each statement, and would be a tenth of a
-- small save.
create table public.app_result_versions (
    user_id uuid not null references public.app_result_owners on delete cascade,
    page_key text collate "C" not null,
    result_key text collate "C" not null,
    version bigint not null,
    kind text not null,
    shape bigint[] not null,
    bytes bigint not null,
    digest bytea not null,
    -- The root: the manifest, or where its bytes are. There is none for what the recipe wrote: that is in a table of
    -- its own.
    manifest bytea,
    manifest_digest bytea,
    -- The digests of the blobs it needs, each once, in order: what commits and sweeps read.
    blobs bytea not null,
    summary text not null,
    provenance text not null,
    label text,
    -- As it was given, and a JSON picture of it.
    metadata bytea,
    metadata_json jsonb,
    created_at timestamptz not null,
    expires_at timestamptz,
    deleted_at timestamptz,
    pinned boolean not null,
    -- From then on it is hidden from everyone; always, once it is deleted.
    visible_until timestamptz not null generated always as (
        case
            when deleted_at is not null then '-infinity'
            when pinned then 'infinity'
            else coalesce(expires_at, 'infinity')
        end
    ) stored,
    signature bytea,
    key_id bytea,
    request_id uuid,
    -- Over what never changes of it, made and compared by whoever writes and reads it.
    record_digest bytea,
    -- About what it takes, with what the system adds to it and its entries in indexes: without that, rows of no bytes
    -- would be free in any number. The place stands here, in the head and in the index of each.
    row_bytes bigint not null generated always as (
        512 + 4 * (octet_length(page_key) + octet_length(result_key)) + octet_length(kind) + 8 * cardinality(shape)
        + coalesce(octet_length(manifest), 0) + octet_length(blobs) + octet_length(summary) + octet_length(provenance)
        + coalesce(octet_length(label), 0) + coalesce(octet_length(metadata), 0)
        + coalesce(octet_length(metadata_json::text), 0)
    ) stored,
    primary key (user_id, page_key, result_key, version)
);
create index app_result_versions_requests on public.app_result_versions (user_id, request_id)
    where request_id is not null;
create index app_result_versions_going on public.app_result_versions (user_id) where visible_until < 'infinity';
alter table public.app_result_versions set (toast_tuple_target = 8160);
alter table public.app_result_versions alter column manifest set storage external;
alter table public.app_result_versions alter column blobs set storage external;

-- What the recipe wrote, as it wrote it: versions that have no manifest. In a table of its own, because whoever
-- lists versions reads their rows whole, and these may be megabytes.
create table stillroom.recipe_values (
    user_id uuid not null,
    page_key text collate "C" not null,
    result_key text collate "C" not null,
    version bigint not null,
    result_data jsonb not null,
    metadata jsonb,
    -- What columns of other people's held.
    more jsonb,
    bytes bigint not null,
    primary key (user_id, page_key, result_key, version),
    foreign key (user_id, page_key, result_key, version) references public.app_result_versions
        on update cascade on delete cascade
);

-- Immutable bytes, addressed by the digest of what they decode to, within one owner.
create table public.app_result_blobs (
    user_id uuid not null references public.app_result_owners on delete cascade,
    digest bytea not null check (octet_length(digest) = 32),
    codec smallint not null check (codec >= 0),
    raw_len integer not null check (raw_len between 0 and 262144),
    stored_bytes integer not null generated always as (coalesce(octet_length(data), 0)) stored,
    -- Where the bytes are when they are not here; nothing writes it yet.
    location text check (location is null),
    data bytea,
    -- Since when it waits for the commit that names it; null once that was here.
    waits_since timestamptz,
    primary key (user_id, digest),
    check ((data is null) <> (location is null)),
    check (octet_length(data) <= raw_len and (codec <> 0 or octet_length(data) = raw_len))
);
create index app_result_blobs_waiting on public.app_result_blobs (user_id) where waits_since is not null;
-- Codecs have made them as short as they get.
alter table public.app_result_blobs alter column data set storage external;

-- Who computes what, and how far they are.
create table public.app_result_leases (
    user_id uuid not null references public.app_result_owners on delete cascade,
    lease_key text collate "C" not null
        check (octet_length(lease_key) between 1 and 512 and lease_key !~ '[\u0001-\u001f\u007f-\u009f]'),
    holder uuid not null,
    started_at timestamptz not null,
    beat_at timestamptz not null,
    expires_at timestamptz not null,
    progress double precision check (progress between 0 and 1),
    message text check (octet_length(message) <= 4096),
    primary key (user_id, lease_key)
);

-- How many versions of a result there ever were: it stays when they are gone, so that none is counted twice.
create table stillroom.counters (
    user_id uuid not null references public.app_result_owners on delete cascade,
    page_key text collate "C" not null,
    result_key text collate "C" not null,
    counted bigint not null,
    primary key (user_id, page_key, result_key)
);

-- Rights. New tables may have been granted to everyone by default, TRUNCATE included, which no policy governs.
do $$
declare
    name text;
begin
    foreach name in array array[
        'public.app_result_owners', 'public.app_results', 'public.app_result_versions', 'public.app_result_blobs',
        'public.app_result_leases', 'stillroom.counters', 'stillroom.recipe_values'
    ] loop
        execute format('alter table %s enable row level security', name);
        if name <> 'public.app_result_owners' then
            execute format('alter table %s force row level security', name);
        end if;
        execute format('revoke all on %s from public, anon, authenticated', name);
        if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
            execute format('revoke all on %s from service_role', name);
        end if;
        execute format('grant select, insert, update, delete on %s to stillroom_keeper', name);
        execute format(
            'create policy kept on %s to stillroom_keeper '
            'using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id)', name);
        if name not like 'stillroom.%' then
            execute format('grant select on %s to authenticated, stillroom_app', name);
            execute format(
                'create policy own on %s for select to authenticated, stillroom_app '
                'using ((select auth.uid()) = user_id)', name);
        end if;
    end loop;
end $$;

-- Versions as what a client reads of them. A view, and not a function, so that it costs nothing by itself.
create view stillroom.records with (security_invoker = true) as
    select v.user_id, v.page_key, v.result_key, v.version, v.digest, v.visible_until, v.manifest, v.blobs, v.request_id,
        json_build_object(
            'page', v.page_key, 'key', v.result_key, 'version', v.version, 'kind', v.kind, 'shape', v.shape,
            'bytes', v.bytes, 'digest', v.digest, 'manifest_digest', v.manifest_digest, 'label', v.label,
            'metadata', v.metadata, 'summary', v.summary, 'provenance', v.provenance,
            -- Microseconds since 1970 UTC: the seconds of a distant time lose their last digits otherwise.
            'created_at', extract(epoch from date_trunc('second', v.created_at))::bigint * 1000000
                + extract(microseconds from v.created_at)::bigint % 1000000,
            'expires_at', extract(epoch from date_trunc('second', v.expires_at))::bigint * 1000000
                + extract(microseconds from v.expires_at)::bigint % 1000000,
            'pinned', v.pinned, 'signature', v.signature, 'key_id', v.key_id, 'record_digest', v.record_digest
        ) as record
    from public.app_result_versions v;
revoke all on stillroom.records from public, anon, authenticated;
grant select on stillroom.records to stillroom_keeper;

-- How a function refuses: an SQLSTATE of our own, which PostgREST turns into the HTTP status after its PT, and the
-- facts as JSON, which never hold stored contents.
create function stillroom.refuse(code text, message text, facts jsonb default '{}') returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception using errcode = code, message = message, detail = facts::text;
end $$;

-- The time; tests put a clock of their own in its place.
create function stillroom.clock() returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return pg_catalog.clock_timestamp(); end $$;

-- Counting is done by triggers: what an owner has, that they may, and when it was. What an administrator changes
-- without an owner's claims is not counted.
create function stillroom.count(owner uuid, kept bigint, waiting bigint, rows bigint, row_bytes bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    -- What a save may send ahead of its commit, and what rows may take, beyond the quota.
    slack constant bigint := 67108864;
    o public.app_result_owners;
    actual bigint;
begin
    update public.app_result_owners
        set bytes = bytes + kept, waiting_bytes = waiting_bytes + waiting,
            versions = versions + rows, record_bytes = record_bytes + row_bytes,
            seen_at = greatest(seen_at, stillroom.clock())
        where user_id = owner
        returning * into o;
    -- Nothing is added to the quota: it may be the largest number there is.
    actual := case
        when kept > 0 and o.bytes > o.quota then o.bytes
        when waiting > 0 and o.waiting_bytes - slack > o.quota then o.waiting_bytes
        when row_bytes > 0 and o.record_bytes - slack > o.quota then o.record_bytes
    end;
    if actual is not null then
        perform stillroom.refuse('PT413', 'over quota',
            pg_catalog.jsonb_build_object('what', 'quota', 'limit', o.quota, 'actual', actual));
    end if;
end $$;

create function stillroom.count_added_blobs() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id,
        sum(case when waits_since is null then stored_bytes else 0 end),
        sum(case when waits_since is null then 0 else stored_bytes end), 0, 192 * count(*))
    from added group by user_id;
    return null;
end $$;
create function stillroom.count_gone_blobs() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id,
        -sum(case when waits_since is null then stored_bytes else 0 end),
        -sum(case when waits_since is null then 0 else stored_bytes end), 0, -192 * count(*))
    from gone group by user_id;
    return null;
end $$;
-- A change counts as the difference it makes: one that makes less of something is no reason to refuse.
create function stillroom.count_changed_blobs() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id,
        sum(case when waits_since is null then bytes else 0 end),
        sum(case when waits_since is null then 0 else bytes end), 0, 0)
    from (
        select user_id, waits_since, stored_bytes as bytes from added
        union all
        select user_id, waits_since, -stored_bytes from gone
    ) changed group by user_id;
    return null;
end $$;

create function stillroom.count_added_versions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, count(*), sum(row_bytes)::bigint) from added group by user_id;
    return null;
end $$;
create function stillroom.count_gone_versions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, -count(*), -sum(row_bytes)::bigint) from gone group by user_id;
    return null;
end $$;
create function stillroom.count_changed_versions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, 0, sum(bytes)::bigint)
    from (
        select user_id, row_bytes as bytes from added union all select user_id, -row_bytes from gone
    ) changed group by user_id;
    return null;
end $$;

-- A lease counts as the most it can be, so that its beats need no counting.
create function stillroom.count_added_leases() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, 0, 6144 * count(*)) from added group by user_id;
    return null;
end $$;
create function stillroom.count_gone_leases() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, 0, -6144 * count(*)) from gone group by user_id;
    return null;
end $$;

-- A counter stays when all else of its result is gone.
create function stillroom.count_added_counters() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, 0, 0, 0, sum(128 + 2 * (octet_length(page_key) + octet_length(result_key))))
    from added group by user_id;
    return null;
end $$;

create trigger added after insert on public.app_result_blobs
    referencing new table as added for each statement execute function stillroom.count_added_blobs();
create trigger changed after update on public.app_result_blobs
    referencing old table as gone new table as added
    for each statement execute function stillroom.count_changed_blobs();
create trigger gone after delete on public.app_result_blobs
    referencing old table as gone for each statement execute function stillroom.count_gone_blobs();
create trigger added after insert on public.app_result_versions
    referencing new table as added for each statement execute function stillroom.count_added_versions();
create trigger changed after update on public.app_result_versions
    referencing old table as gone new table as added
    for each statement execute function stillroom.count_changed_versions();
create trigger gone after delete on public.app_result_versions
    referencing old table as gone for each statement execute function stillroom.count_gone_versions();
create trigger added after insert on public.app_result_leases
    referencing new table as added for each statement execute function stillroom.count_added_leases();
create trigger gone after delete on public.app_result_leases
    referencing old table as gone for each statement execute function stillroom.count_gone_leases();
create trigger added after insert on stillroom.counters
    referencing new table as added for each statement execute function stillroom.count_added_counters();
