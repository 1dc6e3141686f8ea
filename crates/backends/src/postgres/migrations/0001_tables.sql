-- Tables, and who may do what with them.
--
-- Three roles, none of which can log in:
--   authenticated     whoever is signed in: Supabase's, made here where there is none
--   stillroom_app     servers that connect themselves; `stillroom migrate --login-role` makes logins that are in it
--   stillroom_keeper  what the functions in the schema stillroom run as. It is no superuser, owns no table and can't
--                     pass by row-level security, so the policies hold inside our own functions as well.
-- The first two read their own rows and write nothing: every change goes through a function of the keeper's.

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
        raise exception 'the role stillroom_keeper may pass by row-level security; take that from it, then migrate again';
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
        create function auth.uid() returns uuid language sql stable set search_path = '' as $f$
            select coalesce(
                nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), ''),
                nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
            )::uuid
        $f$;
        grant usage on schema auth to authenticated, stillroom_app;
        raise notice 'there was no auth.uid(): it was made, and reads the claims of request.jwt.claims as on Supabase';
    end if;
end $$;

grant usage, create on schema stillroom to stillroom_keeper;
grant select on stillroom.migrations to authenticated, stillroom_app;
grant usage on schema stillroom to authenticated, stillroom_app;

-- A table of this name that isn't ours is the recipe's. It is moved aside whole; a later migration brings its rows over.
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
    bytes bigint not null default 0 check (bytes >= 0),
    waiting_bytes bigint not null default 0 check (waiting_bytes >= 0),
    -- Versions, hidden ones included, and the bytes of their rows.
    versions bigint not null default 0 check (versions >= 0),
    record_bytes bigint not null default 0 check (record_bytes >= 0),
    -- How many bytes there may be; null for any number.
    quota bigint check (quota >= 0),
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
    page_key text collate "C" not null check (octet_length(page_key) between 1 and 512),
    result_key text collate "C" not null check (octet_length(result_key) between 1 and 512),
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

-- Every version, the newest included.
create table public.app_result_versions (
    user_id uuid not null references public.app_result_owners on delete cascade,
    page_key text collate "C" not null check (octet_length(page_key) between 1 and 512),
    result_key text collate "C" not null check (octet_length(result_key) between 1 and 512),
    version bigint not null check (version > 0),
    kind text not null check (octet_length(kind) <= 2048),
    shape bigint[] not null,
    bytes bigint not null check (bytes >= 0),
    digest bytea not null check (octet_length(digest) = 32),
    -- The root: the manifest, or where its bytes are. There is none for what the recipe wrote: that is in a table of
    -- its own.
    manifest bytea check (manifest is not null or kind = 'seed-json'),
    manifest_digest bytea check (octet_length(manifest_digest) = 32),
    -- The digests of the blobs it needs, each once, in order: what commits and sweeps read.
    blobs bytea not null check (octet_length(blobs) % 32 = 0),
    summary text not null check (octet_length(summary) <= 65536),
    provenance text not null check (octet_length(provenance) <= 65536),
    label text check (octet_length(label) <= 4096),
    -- As it was given, and a JSON picture of it.
    metadata bytea check (octet_length(metadata) <= 65536),
    metadata_json jsonb,
    created_at timestamptz not null,
    expires_at timestamptz,
    deleted_at timestamptz,
    pinned boolean not null,
    signature bytea check (octet_length(signature) = 32),
    key_id bytea check (octet_length(key_id) = 8),
    request_id uuid,
    -- Over what never changes of it, made and compared by whoever writes and reads it.
    record_digest bytea check (octet_length(record_digest) = 32),
    primary key (user_id, page_key, result_key, version),
    check ((signature is null) = (key_id is null))
);
create index app_result_versions_requests on public.app_result_versions (user_id, request_id)
    where request_id is not null;
create index app_result_versions_going on public.app_result_versions (user_id)
    where deleted_at is not null or (expires_at is not null and not pinned);
-- A row of a few kilobytes stays in one piece: it is written once and read whole.
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
    lease_key text collate "C" not null check (octet_length(lease_key) between 1 and 512),
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

-- How a function refuses: an SQLSTATE of our own, which PostgREST turns into the HTTP status after its PT, and the
-- facts as JSON, which never hold stored contents.
create function stillroom.refuse(code text, message text, facts jsonb default '{}') returns void
language plpgsql set search_path = '' as $$
begin
    raise exception using errcode = code, message = message, detail = facts::text;
end $$;

-- Counting is done by triggers, whoever writes: what an owner has, and that they may.
create function stillroom.count(owner uuid, kept bigint, waiting bigint, rows bigint, row_bytes bigint) returns void
language plpgsql security definer set search_path = '' as $$
declare
    -- What a save may send ahead of its commit, and what rows may take, beyond the quota.
    slack constant bigint := 67108864;
    o public.app_result_owners;
    actual bigint;
begin
    update public.app_result_owners
        set bytes = bytes + kept, waiting_bytes = waiting_bytes + waiting,
            versions = versions + rows, record_bytes = record_bytes + row_bytes
        where user_id = owner
        returning * into o;
    actual := case
        when kept > 0 and o.bytes > o.quota then o.bytes
        when waiting > 0 and o.waiting_bytes > o.quota + slack then o.waiting_bytes
        when row_bytes > 0 and o.record_bytes > o.quota + slack then o.record_bytes
    end;
    if actual is not null then
        perform stillroom.refuse('PT413', 'over quota',
            pg_catalog.jsonb_build_object('what', 'quota', 'limit', o.quota, 'actual', actual));
    end if;
end $$;

create function stillroom.count_added_blobs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform stillroom.count(user_id,
        sum(case when waits_since is null then stored_bytes else 0 end),
        sum(case when waits_since is null then 0 else stored_bytes end), 0, 0)
    from added group by user_id;
    return null;
end $$;

create function stillroom.count_gone_blobs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform stillroom.count(user_id,
        -sum(case when waits_since is null then stored_bytes else 0 end),
        -sum(case when waits_since is null then 0 else stored_bytes end), 0, 0)
    from gone group by user_id;
    return null;
end $$;

create function stillroom.row_bytes(v public.app_result_versions) returns integer
language sql immutable set search_path = '' as $$
    select coalesce(octet_length(v.manifest), 0) + octet_length(v.blobs) + octet_length(v.summary)
        + octet_length(v.provenance) + coalesce(octet_length(v.label), 0) + coalesce(octet_length(v.metadata), 0)
        + coalesce(octet_length(v.metadata_json::text), 0)
$$;

create function stillroom.count_added_versions() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform stillroom.count(user_id, 0, 0, count(*), sum(stillroom.row_bytes(v))) from added v group by user_id;
    return null;
end $$;

create function stillroom.count_gone_versions() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform stillroom.count(user_id, 0, 0, -count(*), -sum(stillroom.row_bytes(v))) from gone v group by user_id;
    return null;
end $$;

-- An update counts as what was there, gone, and then what is there, added: triggers run in the order of their names.
create trigger b_added after insert on public.app_result_blobs
    referencing new table as added for each statement execute function stillroom.count_added_blobs();
create trigger a_changed after update on public.app_result_blobs
    referencing old table as gone for each statement execute function stillroom.count_gone_blobs();
create trigger b_changed after update on public.app_result_blobs
    referencing new table as added for each statement execute function stillroom.count_added_blobs();
create trigger a_gone after delete on public.app_result_blobs
    referencing old table as gone for each statement execute function stillroom.count_gone_blobs();
create trigger b_added after insert on public.app_result_versions
    referencing new table as added for each statement execute function stillroom.count_added_versions();
create trigger a_changed after update on public.app_result_versions
    referencing old table as gone for each statement execute function stillroom.count_gone_versions();
create trigger b_changed after update on public.app_result_versions
    referencing new table as added for each statement execute function stillroom.count_added_versions();
create trigger a_gone after delete on public.app_result_versions
    referencing old table as gone for each statement execute function stillroom.count_gone_versions();
