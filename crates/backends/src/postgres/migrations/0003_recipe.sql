-- The recipe's table, and apps that still write as the recipe does.
--
-- Its rows become versions of the kind seed-json: what the recipe wrote, as it wrote it, and no manifest. So does
-- whatever is written to app_results past our functions: a trigger makes a version of it before the row says it.

-- Owning functions takes this right; it is taken back at the end.
grant create on schema stillroom to stillroom_keeper;

-- A picture of what the recipe wrote: itself when it is short, and the JSON in it when it is a text of some.
create function stillroom.recipe_summary(data jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    json constant text := data #>> '{}';
begin
    if octet_length(json) > 16384 then
        return '"…"';
    end if;
    return coalesce(json::jsonb, 'null');
exception when others then
    return case when octet_length(data::text) > 16384 then '"…"' else data::text end;
end $$;

-- What a version says of what the recipe wrote.
create function stillroom.recipe_facts(data jsonb, metadata jsonb)
returns table (bytes bigint, digest bytea, summary text, metadata_text bytea)
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select octet_length(json), sha256(json), stillroom.recipe_summary(data),
        case when octet_length(metadata_text) <= 65536 then metadata_text end
    from (select convert_to(data::text, 'UTF8'), convert_to(metadata::text, 'UTF8')) as t(json, metadata_text)
$$;

-- What the recipe wrote counts like the bytes of blobs.
create function stillroom.count_added_recipe_values() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, sum(bytes)::bigint, 0, 0, 0) from added group by user_id;
    return null;
end $$;

create function stillroom.count_gone_recipe_values() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.count(user_id, -sum(bytes)::bigint, 0, 0, 0) from gone group by user_id;
    return null;
end $$;

create trigger added after insert on stillroom.recipe_values
    referencing new table as added for each statement execute function stillroom.count_added_recipe_values();
create trigger gone after delete on stillroom.recipe_values
    referencing old table as gone for each statement execute function stillroom.count_gone_recipe_values();
revoke all on function stillroom.count_added_recipe_values(), stillroom.count_gone_recipe_values() from public;
alter function stillroom.count_added_recipe_values() owner to stillroom_keeper;
alter function stillroom.count_gone_recipe_values() owner to stillroom_keeper;

-- Brings the rows of the recipe's table over. Whatever its columns are, those of the recipe are found by name, and
-- what others hold goes along.
do $$
declare
    recipes constant text[] := array['user_id', 'page_key', 'result_key', 'result_data', 'metadata', 'created_at', 'id'];
    tables constant text[] := array[
        'public.app_results', 'public.app_result_versions', 'stillroom.counters', 'stillroom.recipe_values'];
    -- Those of the recipe that are there, and all others.
    found text[];
    more text[];
    name text;
    each record;
    counted bigint;
    moved bigint;
    set_aside bigint := 0;
    set_of_owner bigint;
    brought bigint := 0;
begin
    if to_regclass('stillroom.recipe_results') is null then
        return;
    end if;
    select coalesce(array_agg(a.attname::text) filter (where is_recipes), '{}'),
        coalesce(array_agg(a.attname::text) filter (where not is_recipes), '{}')
    into found, more
    from pg_catalog.pg_attribute a
    cross join lateral (
        select a.attname = any (recipes) and (a.attname <> 'id' or a.atttypid = any ('{int2,int4,int8}'::regtype[]))
    ) r(is_recipes)
    where a.attrelid = 'stillroom.recipe_results'::regclass and a.attnum > 0 and not a.attisdropped;
    foreach name in array recipes[1:4] loop
        if not name = any (found) then
            raise exception 'the table app_results has no column %: it is none of the recipe''s; give it another '
                'name, then migrate again', name;
        end if;
    end loop;

    -- No row may be out of sight of whoever does this: what a policy would filter is an error.
    foreach name in array array['stillroom.recipe_results'] || tables loop
        execute format('alter table %s no force row level security', name);
        set local row_security = off;
        execute format('select from %s limit 1', name);
        set local row_security = on;
    end loop;

    execute format(
        'create temporary table stillroom_rows on commit drop as select r.ctid as row, r.user_id::uuid as owner, '
        'r.page_key::text collate "C" as page, r.result_key::text collate "C" as key, %s as created_at, %s as id, '
        'case when r.user_id is null then ''it has no owner'' '
        'when not stillroom.is_place(r.page_key::text, r.result_key::text) then ''its page or key is no name'' '
        'when r.result_data is null then ''it has no value'' end as because '
        'from stillroom.recipe_results r',
        case when 'created_at' = any (found)
            then 'case when isfinite(r.created_at) then r.created_at::timestamptz else now() end' else 'now()' end,
        case when 'id' = any (found) then 'r.id::bigint' else 'null::bigint' end);
    get diagnostics counted = row_count;

    -- Owners whose account is no longer there have nobody to be kept for.
    for each in
        select owner, max(created_at) as newest from stillroom_rows where because is null group by owner
    loop
        begin
            insert into public.app_result_owners (user_id, seen_at) values (each.owner, greatest(now(), each.newest))
            on conflict do nothing;
        exception when foreign_key_violation then
            update stillroom_rows set because = 'its account is gone' where owner = each.owner and because is null;
        end;
    end loop;

    -- What nobody could ask for is set aside, as it is.
    select count(*) into moved from stillroom_rows where because is not null;
    if moved > 0 then
        create table stillroom.recipe_orphans as
            select r.*, o.because as orphaned_because
            from stillroom.recipe_results r join stillroom_rows o on o.row = r.ctid where o.because is not null;
        get diagnostics set_aside = row_count;
        alter table stillroom.recipe_orphans add column orphan bigint primary key generated always as identity;
        revoke all on stillroom.recipe_orphans from public, anon, authenticated;
        if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
            revoke all on stillroom.recipe_orphans from service_role;
        end if;
    end if;

    -- Where nothing kept a result from having several rows, the newest of them is its newest version.
    create temporary table stillroom_versions on commit drop as
        select row, owner, page, key, created_at, id, count(*) over result as of_result,
            row_number() over (partition by owner, page, key order by created_at, id nulls first, row) as version
        from stillroom_rows where because is null
        window result as (partition by owner, page, key);
    create index on stillroom_versions (owner);
    analyze stillroom_versions;
    if 'id' = any (found) then
        alter table public.app_results add column id bigint generated by default as identity;
        execute format('alter table public.app_results alter column id restart with %s',
            (select coalesce(max(id), 0) + 1 from stillroom_rows));
        for each in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
            execute format('revoke all on sequence %s from %I',
                pg_catalog.pg_get_serial_sequence('public.app_results', 'id'), each.rolname);
        end loop;
    end if;

    -- Owner by owner, because they are counted for whoever is asking. Rows of one are found by where they lie.
    set local enable_hashjoin = off;
    set local enable_mergejoin = off;
    create temporary table stillroom_values (
        like stillroom_versions, result_data jsonb, metadata jsonb, more jsonb
    ) on commit drop;
    perform set_config('request.jwt.claim.sub', '', true);
    for each in select distinct owner from stillroom_versions loop
        perform set_config('request.jwt.claims', pg_catalog.json_build_object('sub', each.owner)::text, true);
        execute format(
            'insert into stillroom_values '
            'select v.*, r.result_data::jsonb as result_data, %s as metadata, %s as more '
            'from stillroom_versions v join stillroom.recipe_results r on r.ctid = v.row where v.owner = $1',
            case when 'metadata' = any (found) then 'r.metadata::jsonb' else 'null::jsonb' end,
            case when more <> '{}' then format('to_jsonb(r) - %L::text[]', found) else 'null::jsonb' end)
            using each.owner;
        insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest,
            blobs, summary, provenance, metadata, metadata_json, created_at, pinned)
        select owner, page, key, version, 'seed-json', '{}', f.bytes, f.digest, '', f.summary, '{}', f.metadata_text,
            metadata, created_at, false
        from stillroom_values v cross join lateral stillroom.recipe_facts(v.result_data, v.metadata) f;
        insert into stillroom.recipe_values (user_id, page_key, result_key, version, result_data, metadata, more, bytes)
        select v.owner, v.page, v.key, v.version, v.result_data, v.metadata, v.more,
            octet_length(convert_to(v.result_data::text, 'UTF8'))
        from stillroom_values v;
        get diagnostics set_of_owner = row_count;
        brought := brought + set_of_owner;
        insert into stillroom.counters (user_id, page_key, result_key, counted)
        select owner, page, key, version from stillroom_values where version = of_result;
        execute
            'insert into public.app_results (user_id, page_key, result_key, result_data, metadata, created_at, '
            'updated_at, version, kind, bytes, digest' || case when 'id' = any (found) then ', id' else '' end || ') '
            'select v.owner, v.page, v.key, v.result_data, v.metadata, v.created_at, v.created_at, v.version, w.kind, '
            'w.bytes, w.digest' || case when 'id' = any (found) then ', v.id' else '' end || ' '
            'from stillroom_values v join public.app_result_versions w '
            'on (w.user_id, w.page_key, w.result_key, w.version) = (v.owner, v.page, v.key, v.version) '
            'where v.version = v.of_result';
        truncate stillroom_values;
    end loop;
    perform set_config('request.jwt.claims', '', true);
    set local enable_hashjoin = on;
    set local enable_mergejoin = on;

    if brought + moved <> counted or moved <> set_aside
        or brought <> (select count(*) from stillroom.recipe_values)
        or brought <> (select count(*) from public.app_result_versions where manifest is null)
        or brought <> (select coalesce(sum(versions), 0) from public.app_result_owners)
        or (select count(*) from public.app_results)
            <> (select count(*) from stillroom_versions where version = of_result)
    then
        raise exception 'of % rows of app_results % became versions and % were set aside; nothing was changed',
            counted, brought, set_aside;
    end if;

    begin
        drop table stillroom.recipe_results;
    exception when dependent_objects_still_exist then
        raise notice 'views or other tables refer to what app_results was: it is kept as it was, as '
            'stillroom.recipe_results; drop it when they don''t any more';
    end;
    foreach name in array tables loop
        execute format('alter table %s force row level security', name);
    end loop;

    raise notice '% rows of the recipe''s app_results are versions now', brought;
    if moved > 0 then
        raise warning '% rows of app_results could be nobody''s results and are in stillroom.recipe_orphans now: %', moved, (
            select pg_catalog.string_agg(because || ' (' || count || ')', ', ' order by because)
            from (select because, count(*) from stillroom_rows where because is not null group by because) reasons);
    end if;
end $$;

-- Two writers.

-- Whether a write to app_results is one of our functions', or goes with the account that its row belongs to. Triggers
-- ask, as whoever writes.
create function stillroom.is_ours() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return current_user = 'stillroom_keeper'
        or (pg_trigger_depth() > 0 and current_user = (
            select pg_get_userbyid(relowner) from pg_catalog.pg_class where oid = 'public.app_results'::regclass));
end $$;

-- First of all what an owner has is locked, as our functions do: before any row is.
create function stillroom.recipe_begins() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.lock_owner(stillroom.asker());
    return null;
end $$;

-- A version of what is about to be written; of those that the recipe wrote, the newest 20 stay.
create function stillroom.recipe_writes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    owner constant uuid := stillroom.asker();
    keep constant integer := 20;
    t timestamptz;
    facts record;
begin
    if new.user_id is distinct from owner then
        -- The policies refuse it.
        return new;
    end if;
    if tg_op = 'UPDATE' and (new.user_id, new.page_key, new.result_key)
        is distinct from (old.user_id, old.page_key, old.result_key)
    then
        perform stillroom.refuse('42501', 'a result is moved by public.stillroom_rename');
    end if;
    if not stillroom.is_place(new.page_key, new.result_key) then
        perform stillroom.refuse('22023', 'a page and a key are 1 to 512 bytes without control characters');
    end if;
    t := stillroom.lock_owner(owner);
    if tg_op = 'INSERT' then
        new.created_at := t;
        select r.version, r.kind, r.bytes into new.version, new.kind, new.bytes from public.app_results r
        where r.user_id = owner and r.page_key = new.page_key and r.result_key = new.result_key;
        if found then
            -- It becomes an update, which comes here as well, or nothing: columns that may not be null have been given
            -- what is there.
            return new;
        end if;
    end if;

    insert into stillroom.counters as c (user_id, page_key, result_key, counted)
        values (owner, new.page_key, new.result_key, 1)
        on conflict (user_id, page_key, result_key) do update set counted = c.counted + 1
        returning counted into new.version;
    select * into facts from stillroom.recipe_facts(new.result_data, new.metadata);
    insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest, blobs,
        summary, provenance, metadata, metadata_json, created_at, pinned)
    values (owner, new.page_key, new.result_key, new.version, 'seed-json', '{}', facts.bytes, facts.digest, '',
        facts.summary, '{}', facts.metadata_text, new.metadata, t, false);
    insert into stillroom.recipe_values (user_id, page_key, result_key, version, result_data, metadata, bytes)
    values (owner, new.page_key, new.result_key, new.version, new.result_data, new.metadata, facts.bytes);
    delete from public.app_result_versions v using (
        select o.version, row_number() over (order by o.version desc) as nth
        from public.app_result_versions o
        where o.user_id = owner and o.page_key = new.page_key and o.result_key = new.result_key
            and o.manifest is null and o.visible_until > t and not o.pinned
    ) written
    where v.user_id = owner and v.page_key = new.page_key and v.result_key = new.result_key
        and v.version = written.version and written.nth > keep;

    new.updated_at := t;
    new.kind := 'seed-json';
    new.bytes := facts.bytes;
    new.digest := facts.digest;
    new.label := null;
    new.expires_at := null;
    return new;
end $$;

-- What is about to be deleted is hidden, as our own delete hides it.
create function stillroom.recipe_deletes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
begin
    if old.user_id = owner then
        update public.app_result_versions v set deleted_at = t
        where v.user_id = owner and v.page_key = old.page_key and v.result_key = old.result_key
            and v.visible_until > t;
    end if;
    return old;
end $$;

create trigger recipe_begins before insert or update or delete on public.app_results
    for each statement when (current_user <> 'stillroom_keeper' and not stillroom.is_ours()) execute function stillroom.recipe_begins();
create trigger recipe_writes before insert or update on public.app_results
    for each row when (current_user <> 'stillroom_keeper' and not stillroom.is_ours()) execute function stillroom.recipe_writes();
create trigger recipe_deletes before delete on public.app_results
    for each row when (current_user <> 'stillroom_keeper' and not stillroom.is_ours()) execute function stillroom.recipe_deletes();

-- The recipe's columns alone may be written. An upsert writes the key's again, each with what it is.
grant insert (user_id, page_key, result_key, result_data, metadata),
    update (user_id, page_key, result_key, result_data, metadata), delete
    on public.app_results to authenticated, stillroom_app;
create policy recipe_inserts on public.app_results for insert to authenticated, stillroom_app
    with check ((select auth.uid()) = user_id);
create policy recipe_updates on public.app_results for update to authenticated, stillroom_app
    using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create policy recipe_deletes on public.app_results for delete to authenticated, stillroom_app
    using ((select auth.uid()) = user_id);

do $$
declare
    me constant text := current_user;
    name text;
begin
    foreach name in array array[
        'recipe_summary(jsonb)', 'recipe_facts(jsonb, jsonb)', 'recipe_begins()',
        'recipe_writes()', 'recipe_deletes()'
    ] loop
        execute format('revoke all on function stillroom.%s from public, anon, authenticated', name);
        execute format('alter function stillroom.%s owner to stillroom_keeper', name);
    end loop;
    revoke all on function stillroom.is_ours() from public;
    grant execute on function stillroom.is_ours() to authenticated, stillroom_app;
    alter function stillroom.is_ours() owner to stillroom_keeper;
    -- Rows that go with their account go by the hand of the tables' owner.
    set local role stillroom_keeper;
    execute format('grant execute on function stillroom.is_ours() to %I', me);
    execute format('set local role %I', me);
end $$;
revoke create on schema stillroom from stillroom_keeper;
