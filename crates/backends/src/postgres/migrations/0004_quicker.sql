-- A save of one version, which most are, in fewer steps: the same is checked, counted and written as before.
--
-- A function that sets its search path takes as long as a small statement when it is called, and all of ours do.
-- A statement that writes to three tables at once is set up for longer than three that write to one each. So the
-- counter of a new result is counted with its first version, what is counted is added by the trigger itself, and
-- one version is written by plain statements; a set still is by one.

-- A new result's counter is counted with its version 1 from now on.
drop trigger added on stillroom.counters;

-- The functions are made as the keeper: nobody else may replace its own. That takes this right, which is taken back
-- at the end.
grant create on schema stillroom to stillroom_keeper;
do $$
begin
    perform set_config('stillroom.migrator', current_user, true);
    set local role stillroom_keeper;
end $$;

drop function stillroom.count_added_counters();

-- The counter stays when the version is gone.
create or replace function stillroom.count_added_versions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    -- What rows may take beyond the quota.
    slack constant bigint := 67108864;
    o record;
begin
    update public.app_result_owners w
        set versions = w.versions + a.rows, record_bytes = w.record_bytes + a.row_bytes,
            seen_at = greatest(w.seen_at, stillroom.clock())
        from (
            select user_id, count(*) as rows, sum(row_bytes + case
                when version = 1 then 128 + 2 * (octet_length(page_key) + octet_length(result_key)) else 0
            end)::bigint as row_bytes
            from added group by user_id
        ) a where w.user_id = a.user_id
        returning w.record_bytes, w.quota into o;
    if o.record_bytes - slack > o.quota then
        perform stillroom.refuse('PT413', 'over quota',
            pg_catalog.jsonb_build_object('what', 'quota', 'limit', o.quota, 'actual', o.record_bytes));
    end if;
    return null;
end $$;

-- A counter that comes with a rename has no version 1.
create or replace function stillroom.rename(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    page constant text := asked ->> 'page';
    key constant text := asked ->> 'key';
    to_page constant text := asked ->> 'to_page';
    to_key constant text := asked ->> 'to_key';
    t timestamptz;
    there bigint;
    is_counted boolean;
begin
    t := stillroom.lock_owner(owner);
    if not stillroom.is_place(to_page, to_key) then
        perform stillroom.refuse('PT400', 'a page and a key are 1 to 512 bytes without control characters');
    end if;
    if not exists (
        select from public.app_result_versions v
        where v.user_id = owner and v.page_key = page and v.result_key = key and v.visible_until > t
    ) then
        perform stillroom.not_found(page, key, null);
    end if;
    select v.version into there from public.app_result_versions v
    where v.user_id = owner and v.page_key = to_page and v.result_key = to_key and v.visible_until > t
    order by v.version desc limit 1;
    if found then
        perform stillroom.refuse('PT409', 'something is there', pg_catalog.jsonb_build_object(
            'what', 'version', 'page', to_page, 'key', to_key, 'expected', null, 'found', there));
    end if;
    delete from public.app_result_versions v
    where v.user_id = owner and v.page_key = to_page and v.result_key = to_key;
    update public.app_result_versions v set page_key = to_page, result_key = to_key
    where v.user_id = owner and v.page_key = page and v.result_key = key;
    insert into stillroom.counters as c (user_id, page_key, result_key, counted)
    select owner, to_page, to_key, f.counted from stillroom.counters f
    where f.user_id = owner and f.page_key = page and f.result_key = key
    on conflict (user_id, page_key, result_key) do update set counted = greatest(c.counted, excluded.counted)
    -- Whether the row is new.
    returning c.xmax = 0 into is_counted;
    if is_counted then
        perform stillroom.count(owner, 0, 0, 0, 128 + 2 * (octet_length(to_page) + octet_length(to_key)));
    end if;
    perform stillroom.show(owner, array[page, to_page], array[key, to_key], t);
    return (
        select record from stillroom.records
        where user_id = owner and page_key = to_page and result_key = to_key and visible_until > t
        order by version desc limit 1
    );
end $$;

-- Writes one version, as stillroom.write does a set.
create function stillroom.write_one(
    owner uuid, v jsonb, request uuid, keep bigint, body bytea, base integer, t timestamptz
) returns bigint language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    page constant text := v ->> 'page';
    key constant text := v ->> 'key';
    digest constant bytea := v ->> 'digest';
    summary constant text := v ->> 'summary';
    metadata_json constant jsonb := nullif(v -> 'metadata_json', 'null');
    pinned constant boolean := v ->> 'pinned';
    expires_at constant timestamptz :=
        case when v ->> 'ttl' is not null then stillroom.after(t, (v ->> 'ttl')::bigint) end;
    number bigint;
begin
    insert into stillroom.counters as c (user_id, page_key, result_key, counted) values (owner, page, key, 1)
    on conflict (user_id, page_key, result_key) do update set counted = c.counted + 1
    returning counted into number;
    insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest,
        manifest, manifest_digest, blobs, summary, provenance, label, metadata, metadata_json, created_at,
        expires_at, pinned, signature, key_id, request_id, record_digest)
    values (owner, page, key, number, v ->> 'kind',
        -- Numbers alone are in it.
        translate(v ->> 'shape', '[]', '{}')::bigint[],
        (v ->> 'bytes')::bigint, digest,
        substr(body, base + (v ->> 'manifest_start')::integer, (v ->> 'manifest_len')::integer),
        (v ->> 'manifest_digest')::bytea,
        substr(body, base + (v ->> 'blobs_start')::integer, (v ->> 'blobs_len')::integer),
        summary, v ->> 'provenance', v ->> 'label', (v ->> 'metadata')::bytea, metadata_json, t,
        expires_at, pinned, (v ->> 'signature')::bytea, (v ->> 'key_id')::bytea, request,
        (v ->> 'record_digest')::bytea);
    insert into public.app_results as r (user_id, page_key, result_key, result_data, metadata, created_at,
        updated_at, version, kind, bytes, digest, label, expires_at)
    values (owner, page, key, stillroom.picture(summary), metadata_json, t, t, number, v ->> 'kind',
        (v ->> 'bytes')::bigint, digest, v ->> 'label', case when not pinned then expires_at end)
    on conflict (user_id, page_key, result_key) do update set
        result_data = excluded.result_data, metadata = excluded.metadata, updated_at = excluded.updated_at,
        version = excluded.version, kind = excluded.kind, bytes = excluded.bytes, digest = excluded.digest,
        label = excluded.label, expires_at = excluded.expires_at;
    if number > keep then
        perform stillroom.drop_old(owner, page, key, greatest(keep, 1), t);
    end if;
    return number;
end $$;

-- One save, a set of one or more versions: all conditions are looked at, then everything is written.
create or replace function stillroom.commit(owner uuid, header jsonb, body bytea, base integer) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    asked constant jsonb := header -> 'commit';
    versions constant jsonb := asked -> 'versions';
    blobs constant jsonb := header -> 'blobs';
    request constant uuid := (asked ->> 'request')::uuid;
    keep constant bigint := (asked ->> 'keep_versions')::bigint;
    v jsonb := versions -> 0;
    t timestamptz;
    given bytea[] := '{}';
    needs_blobs boolean := false;
    elsewhere bytea[] := '{}';
    missing bytea[];
    before jsonb;
    same record;
    written bigint[];
begin
    t := stillroom.lock_owner(owner);

    if request is not null
        and exists (select from public.app_result_versions where user_id = owner and request_id = request)
    then
        before := stillroom.written_before(owner, request, versions);
        if before is not null then
            return jsonb_build_object('done', before);
        end if;
    end if;
    if jsonb_array_length(asked -> 'conditions') > 0 then
        perform stillroom.check_conditions(owner, asked -> 'conditions', t);
    end if;
    if (asked ->> 'unless_same')::boolean then
        select digest, record into same from stillroom.records
        where user_id = owner and page_key = v ->> 'page' and result_key = v ->> 'key' and visible_until > t
        order by version desc limit 1;
        if same.digest = (v ->> 'digest')::bytea then
            return jsonb_build_object('same', same.record);
        end if;
    end if;

    -- What the versions need beyond what comes along was put before, or is missing.
    if jsonb_array_length(blobs) > 0 then
        given := array(select (b ->> 'digest')::bytea from jsonb_array_elements(blobs) b);
    end if;
    -- One that is alone is looked at without asking for each.
    for i in 0 .. coalesce(jsonb_array_length(versions), 0) - 1 loop
        v := versions -> i;
        perform stillroom.check_version(v, octet_length(body) - base + 1);
        needs_blobs := needs_blobs or (v ->> 'blobs_len')::integer > 0;
    end loop;
    if needs_blobs then
        elsewhere := array(
            select substr(body, base + each.blobs_start + 32 * i, 32)
            from jsonb_to_recordset(versions) as each(blobs_start integer, blobs_len integer),
                generate_series(0, each.blobs_len / 32 - 1) i
        );
    end if;
    -- Arrays are compared one by one with one: of a large set that would be longer than a save may take.
    if cardinality(given) <= 64 and elsewhere <@ given then
        elsewhere := '{}';
    else
        select array_agg(distinct d order by d) into missing
        from unnest(elsewhere) d
        where not exists (select from unnest(given) g(digest) where g.digest = d)
            and not exists (select from public.app_result_blobs b where b.user_id = owner and b.digest = d);
        if missing is not null then
            return jsonb_build_object('missing', to_jsonb(missing));
        end if;
    end if;
    if given <> '{}' then
        perform stillroom.put(owner, blobs, body, base, null);
    end if;
    if given <> '{}' or elsewhere <> '{}' then
        update public.app_result_blobs set waits_since = null
        where user_id = owner and waits_since is not null and digest = any (elsewhere || given);
    end if;

    if jsonb_array_length(versions) = 1 then
        written := array[stillroom.write_one(owner, versions -> 0, request, keep, body, base, t)];
    else
        written := stillroom.write(owner, versions, request, keep, body, base, t);
    end if;
    return jsonb_build_object('written', written, 'created_at', stillroom.micros(t));
end $$;

-- What a statement brings is kept once more for its triggers. Of a whole call's bytes that is no more than memory
-- holds, and would otherwise go through a file.
alter function stillroom.save(bytea) set work_mem = '32MB';

revoke all on function stillroom.write_one(uuid, jsonb, uuid, bigint, bytea, integer, timestamptz) from public;
do $$
begin
    execute format('set local role %I', current_setting('stillroom.migrator'));
end $$;
revoke create on schema stillroom from stillroom_keeper;
