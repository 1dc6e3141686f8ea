-- What the store does, each verb a function of two layers: one in the schema stillroom that does it, as the keeper,
-- and one in public for clients that come over HTTP, with the caller's own rights. Both see the asker's rows only:
-- by their conditions, and by the policies.
--
-- Bytes travel framed: 4 bytes, big-endian, that say how long the JSON after them is; that JSON; and the bytes that it
-- speaks of by where they start behind it. Digests, ids and metadata in JSON are hexadecimal behind a \x, times are
-- microseconds since 1970 UTC.
--
-- All of it is PL/pgSQL, whose plans are kept by a connection: a function in SQL that sets its search_path is planned
-- anew at each call. Every statement here has one good plan, whatever it is asked for, so that is made once.

-- Who is asking.
create function stillroom.asker() returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    id uuid := coalesce(
        nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), ''),
        nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid;
begin
    if id is null then
        perform stillroom.refuse('PT401', 'nobody is signed in', '{"what": "asker"}');
    end if;
    return id;
end $$;

-- The time that leases are judged by; tests put a clock of their own in its place.
create function stillroom.lease_clock() returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return pg_catalog.clock_timestamp(); end $$;

-- Times as microseconds, and back. An interval is multiplied in floating point, so a long one is made of days.
create function stillroom.micros(t timestamptz) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    return extract(epoch from date_trunc('second', t))::bigint * 1000000
        + extract(microseconds from t)::bigint % 1000000;
end $$;
create function stillroom.at(micros bigint) returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    return (timestamp '1970-01-01' + (micros / 86400000000) * interval '1 day'
        + (micros % 86400000000) * interval '1 microsecond') at time zone 'UTC';
end $$;
-- So much later; the latest there is when that is beyond it.
create function stillroom.after(t timestamptz, micros bigint) returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    start constant bigint := stillroom.micros(t);
begin
    return stillroom.at(case
        when micros > 9223372036854775807 - greatest(start, 0) then 9223372036854775807
        else start + micros
    end);
end $$;

-- Locks what an owner has until the transaction ends, and tells the time it is for them: it never goes back.
-- Whatever writes does this first, so that nobody waits for another in a circle.
create function stillroom.lock_owner(owner uuid) returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    t timestamptz;
begin
    select greatest(seen_at, stillroom.clock()) into t from public.app_result_owners where user_id = owner for update;
    if not found then
        insert into public.app_result_owners as o (user_id, seen_at) values (owner, stillroom.clock())
        on conflict (user_id) do update set seen_at = greatest(o.seen_at, excluded.seen_at)
        returning seen_at into t;
    end if;
    return t;
end $$;

-- Whether a result may have this place: 1 to 512 bytes each, no control characters.
create function stillroom.is_place(page text, key text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(octet_length(page) between 1 and 512 and octet_length(key) between 1 and 512
        and page !~ '[\u0001-\u001f\u007f-\u009f]' and key !~ '[\u0001-\u001f\u007f-\u009f]', false);
end $$;

-- Refuses a version that is longer somewhere than may be, or whose bytes are not within the `len` of the frame's.
create function stillroom.check_version(v jsonb, len bigint) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if (
        stillroom.is_place(v ->> 'page', v ->> 'key')
        and octet_length(v ->> 'kind') <= 2048 and jsonb_array_length(v -> 'shape') <= 1024
        and octet_length(v ->> 'summary') <= 65536 and octet_length(v ->> 'provenance') <= 65536
        and coalesce(octet_length(v ->> 'label'), 0) <= 4096
        -- Not by the length of the text: bytes can be written as letters too, which are half as long.
        and coalesce(octet_length((v ->> 'metadata')::bytea), 0) <= 65536
        and coalesce(octet_length(v ->> 'metadata_json'), 0) <= 1048576
        and (v ->> 'bytes')::bigint >= 0
        and octet_length(v ->> 'digest') = 66 and octet_length(v ->> 'manifest_digest') = 66
        and octet_length(v ->> 'record_digest') = 66
        and coalesce(octet_length(v ->> 'signature'), 66) = 66 and coalesce(octet_length(v ->> 'key_id'), 18) = 18
        and (v ->> 'signature' is null) = (v ->> 'key_id' is null)
        and (v ->> 'manifest_start')::bigint >= 0 and (v ->> 'manifest_len')::bigint >= 0
        and (v ->> 'manifest_start')::bigint + (v ->> 'manifest_len')::bigint <= len
        and (v ->> 'blobs_start')::bigint >= 0 and (v ->> 'blobs_len')::bigint >= 0
        and (v ->> 'blobs_start')::bigint + (v ->> 'blobs_len')::bigint <= len
        and (v ->> 'blobs_len')::bigint % 32 = 0
    ) is not true then
        perform stillroom.refuse('PT400', 'a field is missing, too long or beyond the frame', '{"what": "version"}');
    end if;
end $$;

-- Refuses blobs that are not within the `len` bytes of a frame.
create function stillroom.check_blobs(blobs jsonb, len bigint) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from jsonb_to_recordset(blobs) as b(start bigint, len bigint)
        where (b.start >= 0 and b.len >= 0 and b.start + b.len <= check_blobs.len) is not true
    ) then
        perform stillroom.refuse('PT400', 'a blob is beyond the frame', '{"what": "frame"}');
    end if;
end $$;
create function stillroom.time_for(owner uuid) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return greatest(stillroom.clock(), (select seen_at from public.app_result_owners where user_id = owner));
end $$;

-- A summary as JSONB, which holds no NUL and no half of a surrogate pair; what is no JSON at all becomes a string.
create function stillroom.picture(summary text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    return summary::jsonb;
exception when others then
    begin
        -- A backslash that is one itself begins no escape, and two halves that belong together stay.
        return regexp_replace(summary,
            '(?<!\\)((?:\\\\)*)(?:\\u0000'
            '|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})'
            '|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})',
            '\1\\ufffd', 'g')::jsonb;
    exception when others then
        return to_jsonb(summary);
    end;
end $$;

-- Makes app_results say what the newest versions of these results are; one that has none left is not in it.
create function stillroom.show(owner uuid, pages text[], keys text[], t timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    with newest as (
        select a.page_key, a.result_key, v.version, v.kind, v.bytes, v.digest, v.label, v.created_at,
            case when not v.pinned then v.expires_at end as expires_at, v.metadata_json,
            -- What the recipe wrote is shown as it wrote it.
            case when v.manifest is not null then stillroom.picture(v.summary) else (
                select r.result_data from stillroom.recipe_values r
                where r.user_id = owner and r.page_key = v.page_key and r.result_key = v.result_key
                    and r.version = v.version
            ) end as result_data
        from (select distinct p as page_key, k as result_key from unnest(pages, keys) as a(p, k)) a
        left join lateral (
            select * from public.app_result_versions v
            where v.user_id = owner and v.page_key = a.page_key and v.result_key = a.result_key
                and v.visible_until > t
            order by v.version desc limit 1
        ) v on true
    ), hidden as (
        delete from public.app_results r using newest n
        where r.user_id = owner and r.page_key = n.page_key and r.result_key = n.result_key and n.version is null
    )
    insert into public.app_results as r (user_id, page_key, result_key, result_data, metadata, created_at, updated_at,
        version, kind, bytes, digest, label, expires_at)
    select owner, page_key, result_key, result_data, metadata_json, created_at, created_at,
        version, kind, bytes, digest, label, expires_at
    from newest where version is not null
    on conflict (user_id, page_key, result_key) do update set
        result_data = excluded.result_data, metadata = excluded.metadata, updated_at = excluded.updated_at,
        version = excluded.version, kind = excluded.kind, bytes = excluded.bytes, digest = excluded.digest,
        label = excluded.label, expires_at = excluded.expires_at;
end $$;

create function stillroom.not_found(page text, key text, version bigint) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.refuse('PT404', 'no such result',
        pg_catalog.jsonb_build_object('what', 'result', 'page', page, 'key', key, 'version', version));
end $$;

-- The length of a frame's header. Its JSON is the bytes 5 to 4 + that.
create function stillroom.header_len(frame bytea) returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    len bigint;
begin
    if octet_length(frame) < 4 then
        perform stillroom.refuse('PT400', 'the frame has no header', '{"what": "frame"}');
    end if;
    len := (get_byte(frame, 0)::bigint << 24) | (get_byte(frame, 1) << 16) | (get_byte(frame, 2) << 8)
        | get_byte(frame, 3);
    if len > octet_length(frame) - 4 then
        perform stillroom.refuse('PT400', 'the frame ends within its header', '{"what": "frame"}');
    end if;
    return len;
end $$;

-- Saving.

-- Puts the blobs that a frame brings; of those already there nothing is changed.
create function stillroom.put(owner uuid, blobs jsonb, body bytea, base integer, t timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform stillroom.check_blobs(blobs, octet_length(body) - base + 1);
    insert into public.app_result_blobs (user_id, digest, codec, raw_len, data, waits_since)
    select owner, b.digest, b.codec, b.raw_len, substr(body, base + b.start, b.len), t
    from jsonb_to_recordset(blobs) as b(digest bytea, codec smallint, raw_len integer, start integer, len integer)
    on conflict (user_id, digest) do nothing;
end $$;

-- What a commit of this name wrote, when it wrote all that is asked for; null when it didn't, or it is gone.
create function stillroom.written_before(owner uuid, request uuid, versions jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    written jsonb;
begin
    select jsonb_agg(w.record order by n.n) into written
    from (
        select n, e ->> 'page' as page_key, e ->> 'key' as result_key,
            row_number() over (partition by e ->> 'page', e ->> 'key' order by n) as nth
        from jsonb_array_elements(versions) with ordinality as a(e, n)
    ) n join (
        select record, page_key, result_key,
            row_number() over (partition by page_key, result_key order by version) as nth
        from stillroom.records where user_id = owner and request_id = request
    ) w using (page_key, result_key, nth);
    return case when jsonb_array_length(written) = jsonb_array_length(versions) then written end;
end $$;

-- Refuses for the first condition that does not hold.
create function stillroom.check_conditions(owner uuid, conditions jsonb, t timestamptz) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    failed record;
begin
    select c ->> 0 as page, c ->> 1 as key, (c ->> 2)::bigint as expected, found.version as found into failed
    from jsonb_array_elements(conditions) with ordinality as conditions(c, n)
    left join lateral (
        select v.version from public.app_result_versions v
        where v.user_id = owner and v.page_key = c ->> 0 and v.result_key = c ->> 1 and v.visible_until > t
        order by v.version desc limit 1
    ) found on true
    where found.version is distinct from (c ->> 2)::bigint
    order by n limit 1;
    if found then
        perform stillroom.refuse('PT409', 'changed since it was read', pg_catalog.jsonb_build_object(
            'what', 'version', 'page', failed.page, 'key', failed.key,
            'expected', failed.expected, 'found', failed.found));
    end if;
end $$;

-- Drops what is older than the newest `keep` of those that are neither hidden nor pinned.
create function stillroom.drop_old(owner uuid, page text, key text, keep bigint, t timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    delete from public.app_result_versions v
    where v.user_id = owner and v.page_key = page and v.result_key = key and v.visible_until > t and not v.pinned
        and v.version < (
            select o.version from public.app_result_versions o
            where o.user_id = owner and o.page_key = page and o.result_key = key
                and o.visible_until > t and not o.pinned
            order by o.version desc offset keep - 1 limit 1
        );
end $$;

-- Writes versions, and makes app_results say what the newest of each result is; their numbers, in order.
create function stillroom.write(
    owner uuid, versions jsonb, request uuid, keep bigint, body bytea, base integer, t timestamptz
) returns bigint[] language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    numbers bigint[];
    long record;
begin
    with new as (
        select v.*, row_number() over (partition by v.page, v.key order by v.n) as nth,
            count(*) over (partition by v.page, v.key) as of_result
        from rows from (jsonb_to_recordset(versions) as (
            page text, key text, digest bytea, kind text, shape bigint[], bytes bigint, label text, metadata bytea,
            metadata_json jsonb, summary text, provenance text, ttl bigint, pinned boolean, signature bytea,
            key_id bytea, record_digest bytea, manifest_digest bytea, manifest_start integer, manifest_len integer,
            blobs_start integer, blobs_len integer
        )) with ordinality as v(
            page, key, digest, kind, shape, bytes, label, metadata, metadata_json, summary, provenance, ttl, pinned,
            signature, key_id, record_digest, manifest_digest, manifest_start, manifest_len, blobs_start, blobs_len, n
        )
    ), counted as (
        insert into stillroom.counters as c (user_id, page_key, result_key, counted)
        select owner, page, key, of_result from new where nth = 1
        on conflict (user_id, page_key, result_key) do update set counted = c.counted + excluded.counted
        returning page_key, result_key, counted
    ), numbered as (
        select n.*, c.counted - n.of_result + n.nth as version, stillroom.after(t, n.ttl) as expires_at
        from new n join counted c on c.page_key = n.page and c.result_key = n.key
    ), inserted as (
        insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest,
            manifest, manifest_digest, blobs, summary, provenance, label, metadata, metadata_json, created_at,
            expires_at, pinned, signature, key_id, request_id, record_digest)
        select owner, page, key, version, kind, shape, bytes, digest, substr(body, base + manifest_start, manifest_len),
            manifest_digest, substr(body, base + blobs_start, blobs_len), summary, provenance, label, metadata,
            metadata_json, t, expires_at, pinned, signature, key_id, request, record_digest
        from numbered
    ), shown as (
        insert into public.app_results as r (user_id, page_key, result_key, result_data, metadata, created_at,
            updated_at, version, kind, bytes, digest, label, expires_at)
        select owner, page, key, stillroom.picture(summary), metadata_json, t, t, version, kind, bytes, digest, label,
            case when not pinned then expires_at end
        from numbered where nth = of_result
        on conflict (user_id, page_key, result_key) do update set
            result_data = excluded.result_data, metadata = excluded.metadata, updated_at = excluded.updated_at,
            version = excluded.version, kind = excluded.kind, bytes = excluded.bytes, digest = excluded.digest,
            label = excluded.label, expires_at = excluded.expires_at
    )
    select array_agg(version order by n) into numbers from numbered;

    if keep is not null and (select max(number) from unnest(numbers) number) > keep then
        for long in
            select v ->> 'page' as page, v ->> 'key' as key
            from rows from (jsonb_array_elements(versions), unnest(numbers)) as w(v, number)
            where number > keep group by 1, 2
        loop
            perform stillroom.drop_old(owner, long.page, long.key, greatest(keep, 1), t);
        end loop;
    end if;
    return coalesce(numbers, '{}');
end $$;

-- One save, a set of one or more versions: all conditions are looked at, then everything is written.
create function stillroom.commit(owner uuid, header jsonb, body bytea, base integer) returns jsonb
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
    for v in select jsonb_array_elements(versions) loop
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

    return jsonb_build_object(
        'written', stillroom.write(owner, versions, request, keep, body, base, t), 'created_at', stillroom.micros(t));
end $$;

-- Puts blobs, and commits what the header asks for, if anything.
create function stillroom.save(frame bytea) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    head constant integer := stillroom.header_len(frame);
    header constant jsonb := convert_from(substr(frame, 5, head), 'UTF8');
begin
    if header ? 'commit' then
        return stillroom.commit(owner, header, frame, 5 + head);
    end if;
    perform stillroom.put(owner, header -> 'blobs', frame, 5 + head, stillroom.lock_owner(owner));
    return '{}';
end $$;

-- Loading.

-- A version, when the header names a result, and blobs: those whose digests follow the header and, where it says how
-- many bytes may come inline, those that the version needs. Each blob is answered in the order asked: its codec, the
-- length of its raw bytes, and how many follow; null for one that isn't there. The digests of what came inline stand
-- before it. In the place of the manifest of what the recipe wrote comes the text of its JSON.
create function stillroom.load(frame bytea) returns bytea
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    head constant integer := stillroom.header_len(frame);
    header constant jsonb := convert_from(substr(frame, 5, head), 'UTF8');
    asked bytea := substr(frame, 5 + head);
    found_version record;
    is_inline boolean := false;
    facts json;
    bytes bytea;
    answer bytea;
    root bytea;
begin
    if header ? 'key' then
        if header ->> 'version' is null then
            select version, manifest, blobs, record into found_version from stillroom.records
            where user_id = owner and page_key = header ->> 'page' and result_key = header ->> 'key'
                and visible_until > stillroom.time_for(owner)
            order by version desc limit 1;
        else
            select version, manifest, blobs, record into found_version from stillroom.records
            where user_id = owner and page_key = header ->> 'page' and result_key = header ->> 'key'
                and version = (header ->> 'version')::bigint and visible_until > stillroom.time_for(owner);
        end if;
        if not found then
            perform stillroom.not_found(header ->> 'page', header ->> 'key', (header ->> 'version')::bigint);
        end if;
        root := found_version.manifest;
        if root is null then
            select convert_to(r.result_data::text, 'UTF8') into root from stillroom.recipe_values r
            where r.user_id = owner and r.page_key = header ->> 'page' and r.result_key = header ->> 'key'
                and r.version = found_version.version;
        end if;
        -- A version of few bytes comes whole.
        if octet_length(found_version.blobs) between 32 and (header ->> 'inline')::integer / 8 then
            asked := found_version.blobs;
            select sum(b.stored_bytes) <= (header ->> 'inline')::integer into is_inline
            from generate_series(0, octet_length(asked) / 32 - 1) i
            join public.app_result_blobs b on b.user_id = owner and b.digest = substr(asked, 32 * i + 1, 32);
            if is_inline is not true then
                is_inline := false;
                asked := '';
            end if;
        end if;
    end if;

    if octet_length(asked) > 0 then
        select json_agg(case when b.digest is not null then json_build_array(b.codec, b.raw_len, b.stored_bytes) end
                order by i),
            string_agg(b.data, ''::bytea order by i)
        into facts, bytes
        from generate_series(0, octet_length(asked) / 32 - 1) i
        left join public.app_result_blobs b on b.user_id = owner and b.digest = substr(asked, 32 * i + 1, 32);
    end if;
    if header ? 'key' then
        answer := convert_to(json_build_object(
            'record', found_version.record, 'manifest_len', octet_length(root),
            'inline', is_inline, 'blobs', coalesce(facts, '[]'))::text, 'UTF8');
        return int4send(octet_length(answer)) || answer || coalesce(root, '')
            || case when is_inline then asked else '' end || coalesce(bytes, '');
    end if;
    answer := convert_to(json_build_object('blobs', coalesce(facts, '[]'))::text, 'UTF8');
    return int4send(octet_length(answer)) || answer || coalesce(bytes, '');
end $$;

-- The places among these digests of those that the asker lacks.
create function stillroom.missing(digests bytea) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
begin
    return (
        select coalesce(jsonb_agg(i order by i), '[]')
        from generate_series(0, octet_length(digests) / 32 - 1) i
        where not exists (
            select from public.app_result_blobs b
            where b.user_id = owner and b.digest = substr(digests, 32 * i + 1, 32))
    );
end $$;

-- Looking.

-- The newest versions of results, by page and key, after the one given.
create function stillroom.list(asked jsonb) returns json
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.time_for(owner);
    page constant text := asked ->> 'page';
    after_page constant text := coalesce(asked ->> 'after_page', page, '');
    after_key constant text := coalesce(asked ->> 'after_key', '');
    records json;
begin
    select json_agg(record order by page_key, result_key) into records
    from (
        select r.page_key, r.result_key, v.record
        from public.app_results r
        cross join lateral (
            select record from stillroom.records v
            where v.user_id = owner and v.page_key = r.page_key and v.result_key = r.result_key and v.visible_until > t
            order by v.version desc limit 1
        ) v
        where r.user_id = owner and (r.page_key, r.result_key) > (after_page, after_key)
            and (page is null or r.page_key = page)
        order by r.page_key, r.result_key
        limit (asked ->> 'limit')::integer
    ) listed;
    return json_build_object('records', coalesce(records, '[]'));
end $$;

-- The versions of a result below the one given, newest first.
create function stillroom.history(asked jsonb) returns json
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.time_for(owner);
    records json;
begin
    select json_agg(record order by version desc) into records
    from (
        select version, record from stillroom.records
        where user_id = owner and page_key = asked ->> 'page' and result_key = asked ->> 'key'
            and version < coalesce((asked ->> 'before')::bigint, 9223372036854775807) and visible_until > t
        order by version desc
        limit (asked ->> 'limit')::integer
    ) listed;
    return json_build_object('records', coalesce(records, '[]'));
end $$;

-- Every version of the results asked for, with its manifest, as of one moment; those of the recipe have none.
create function stillroom.snapshot(asked jsonb) returns json
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.time_for(owner);
    records json;
begin
    select json_agg(json_build_object('record', record, 'manifest', manifest) order by page_key, result_key, version)
    into records
    from stillroom.records
    where user_id = owner and visible_until > t
        and (asked ->> 'page' is null or page_key = asked ->> 'page')
        and (asked ->> 'key' is null or result_key = asked ->> 'key');
    return json_build_object('records', coalesce(records, '[]'));
end $$;

-- What the asker's results take.
create function stillroom.usage(asked jsonb) returns json
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.time_for(owner);
    seen record;
    kept record;
begin
    select count(distinct (page_key, result_key)) as results, count(*) as versions, coalesce(sum(bytes), 0) as bytes
    into seen from public.app_result_versions where user_id = owner and visible_until > t;
    select bytes, quota into kept from public.app_result_owners where user_id = owner;
    return json_build_object('results', seen.results, 'versions', seen.versions, 'value_bytes', seen.bytes,
        'stored_bytes', coalesce(kept.bytes, 0), 'quota', kept.quota);
end $$;

-- Deciding.

-- Changes what people decided about a version: the fields that are there.
create function stillroom.annotate(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    page constant text := asked ->> 'page';
    key constant text := asked ->> 'key';
    number constant bigint := (asked ->> 'version')::bigint;
    t timestamptz;
begin
    t := stillroom.lock_owner(owner);
    if coalesce(octet_length(asked ->> 'label'), 0) > 4096
        or coalesce(octet_length((asked ->> 'metadata')::bytea), 0) > 65536
        or coalesce(octet_length(asked ->> 'metadata_json'), 0) > 1048576
    then
        perform stillroom.refuse('PT400', 'a label or metadata is too long', '{"what": "version"}');
    end if;
    update public.app_result_versions v set
        label = case when asked ? 'label' then asked ->> 'label' else v.label end,
        metadata = case when asked ? 'metadata' then (asked ->> 'metadata')::bytea else v.metadata end,
        metadata_json = case
            when asked ? 'metadata' then nullif(asked -> 'metadata_json', 'null') else v.metadata_json
        end,
        expires_at = case when asked ? 'ttl' then stillroom.after(t, (asked ->> 'ttl')::bigint) else v.expires_at end,
        pinned = case when asked ? 'pinned' then (asked ->> 'pinned')::boolean else v.pinned end
    where v.user_id = owner and v.page_key = page and v.result_key = key and v.version = number
        and v.visible_until > t;
    if not found then
        perform stillroom.not_found(page, key, number);
    end if;
    perform stillroom.show(owner, array[page], array[key], t);
    return (
        select record from stillroom.records
        where user_id = owner and page_key = page and result_key = key and version = number
    );
end $$;

-- Hides a result or a version of it; which versions those were, newest first.
create function stillroom.delete(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    page constant text := asked ->> 'page';
    key constant text := asked ->> 'key';
    number constant bigint := (asked ->> 'version')::bigint;
    t timestamptz;
    hidden json;
begin
    t := stillroom.lock_owner(owner);
    with hid as (
        update public.app_result_versions v set deleted_at = t
        where v.user_id = owner and v.page_key = page and v.result_key = key
            and (number is null or v.version = number) and v.visible_until > t
        returning v.version
    )
    select json_agg(version order by version desc) into hidden from hid;
    if hidden is null then
        perform stillroom.not_found(page, key, number);
    end if;
    perform stillroom.show(owner, array[page], array[key], t);
    return json_build_object('versions', hidden);
end $$;

-- Brings hidden versions back, all of them or none.
create function stillroom.undelete(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    page constant text := asked ->> 'page';
    key constant text := asked ->> 'key';
    numbers constant bigint[] := array(select e::bigint from jsonb_array_elements_text(asked -> 'versions') e);
    t timestamptz;
    gone bigint;
begin
    t := stillroom.lock_owner(owner);
    select number into gone from unnest(numbers) with ordinality as asked(number, n)
    where not exists (
        select from public.app_result_versions v
        where v.user_id = owner and v.page_key = page and v.result_key = key and v.version = number)
    order by n limit 1;
    if found then
        perform stillroom.not_found(page, key, gone);
    end if;
    update public.app_result_versions v set deleted_at = null
    where v.user_id = owner and v.page_key = page and v.result_key = key
        and v.deleted_at is not null and v.version = any (numbers);
    perform stillroom.show(owner, array[page], array[key], t);
    return '{}';
end $$;

-- Moves a result with all its versions; what was hidden at the new place is gone for good, and both go on counting.
create function stillroom.rename(asked jsonb) returns json
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
    on conflict (user_id, page_key, result_key) do update set counted = greatest(c.counted, excluded.counted);
    perform stillroom.show(owner, array[page, to_page], array[key, to_key], t);
    return (
        select record from stillroom.records
        where user_id = owner and page_key = to_page and result_key = to_key and visible_until > t
        order by version desc limit 1
    );
end $$;

-- Keeping in order.

-- Erases what is hidden for good, and blobs that no version names: what an owner's sweep does.
create function stillroom.sweep(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    is_dry constant boolean := (asked ->> 'dry_run')::boolean;
    t timestamptz;
    undo_until timestamptz;
    pages text[];
    keys text[];
    versions bigint[];
    orphans bytea[];
    orphan_bytes bigint;
begin
    t := stillroom.lock_owner(owner);
    undo_until := stillroom.at(stillroom.micros(t) - (asked ->> 'undo_time')::bigint);
    if (asked ->> 'is_step')::boolean and (
        select swept_at > t - interval '10 minutes' from public.app_result_owners where user_id = owner
    ) then
        return '{"versions": 0, "blobs": 0, "blob_bytes": 0}';
    end if;
    -- Blobs whose versions can't be seen would look like blobs that none needs.
    if (select count(*) from public.app_result_versions v where v.user_id = owner)
        < (select o.versions from public.app_result_owners o where o.user_id = owner)
    then
        perform stillroom.refuse('42501', 'versions of this owner are hidden from the store', '{"what": "policy"}');
    end if;

    select array_agg(v.page_key), array_agg(v.result_key), array_agg(v.version) into pages, keys, versions
    from public.app_result_versions v
    where v.user_id = owner and v.visible_until < 'infinity'
        and (v.deleted_at <= undo_until or (not v.pinned and v.expires_at <= t));
    with named as (
        select distinct substr(v.blobs, 32 * i + 1, 32) as digest
        from public.app_result_versions v, generate_series(0, octet_length(v.blobs) / 32 - 1) i
        where v.user_id = owner
            and (v.page_key, v.result_key, v.version) not in (select * from unnest(pages, keys, versions))
    )
    select array_agg(b.digest), sum(b.stored_bytes) into orphans, orphan_bytes
    from public.app_result_blobs b
    where b.user_id = owner
        -- How long a blob may wait for the commit that names it.
        and (b.waits_since is null or b.waits_since <= t - interval '1 hour')
        and not exists (select from named where named.digest = b.digest);

    if not is_dry then
        if versions is not null then
            delete from public.app_result_versions v using unnest(pages, keys, versions) as g(page, key, version)
            where v.user_id = owner and v.page_key = g.page and v.result_key = g.key and v.version = g.version;
            perform stillroom.show(owner, pages, keys, t);
        end if;
        if orphans is not null then
            delete from public.app_result_blobs b where b.user_id = owner and b.digest = any (orphans);
        end if;
        delete from public.app_result_leases l where l.user_id = owner and l.expires_at <= stillroom.lease_clock();
        update public.app_result_owners set swept_at = t where user_id = owner;
    end if;
    return json_build_object('versions', coalesce(cardinality(versions), 0),
        'blobs', coalesce(cardinality(orphans), 0), 'blob_bytes', coalesce(orphan_bytes, 0));
end $$;

-- Forgets blobs that whoever asks found damaged.
create function stillroom.discard(digests bytea) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
begin
    perform stillroom.lock_owner(owner);
    delete from public.app_result_blobs b using generate_series(0, octet_length(digests) / 32 - 1) i
    where b.user_id = owner and b.digest = substr(digests, 32 * i + 1, 32);
    return '{}';
end $$;

-- Keeps raw blobs in fewer bytes: those that are still raw; how many bytes fewer that is.
create function stillroom.recode(frame bytea) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    head constant integer := stillroom.header_len(frame);
    header constant jsonb := convert_from(substr(frame, 5, head), 'UTF8');
    saved bigint;
begin
    perform stillroom.check_blobs(header -> 'blobs', octet_length(frame) - head - 4);
    perform stillroom.lock_owner(owner);
    with changed as (
        update public.app_result_blobs b set codec = c.codec, data = substr(frame, 5 + head + c.start, c.len)
        from jsonb_to_recordset(header -> 'blobs')
            as c(digest bytea, codec smallint, raw_len integer, start integer, len integer)
        where b.user_id = owner and b.digest = c.digest and b.codec = 0 and c.codec <> 0
            and b.raw_len = c.raw_len and c.len < b.raw_len
        returning b.raw_len - c.len as less
    )
    select sum(less) into saved from changed;
    return jsonb_build_object('saved', coalesce(saved, 0));
end $$;

-- Leases: taken, renewed, given back or shown.
create function stillroom.lease(asked jsonb) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    owner constant uuid := stillroom.asker();
    verb constant text := asked ->> 'do';
    key constant text := asked ->> 'key';
    asker constant uuid := (asked ->> 'holder')::uuid;
    now constant timestamptz := stillroom.lease_clock();
    until constant timestamptz := stillroom.after(now, (asked ->> 'ttl')::bigint);
    t timestamptz;
    held public.app_result_leases;
begin
    if verb <> 'show' then
        t := stillroom.lock_owner(owner);
    end if;
    select * into held from public.app_result_leases l
    where l.user_id = owner and l.lease_key = key and l.expires_at > now;

    if verb = 'acquire' and held.holder = asker then
        update public.app_result_leases l set beat_at = t, expires_at = until
        where l.user_id = owner and l.lease_key = key returning * into held;
    elsif verb = 'acquire' and held.holder is null then
        delete from public.app_result_leases l where l.user_id = owner and l.lease_key = key;
        insert into public.app_result_leases (user_id, lease_key, holder, started_at, beat_at, expires_at)
        values (owner, key, asker, t, t, until) returning * into held;
    elsif verb = 'beat' then
        if held.holder is distinct from asker then
            perform stillroom.refuse('PT410', 'the lease was lost', '{"what": "lease"}');
        end if;
        update public.app_result_leases l set beat_at = t, expires_at = until,
            progress = (asked ->> 'progress')::double precision, message = asked ->> 'message'
        where l.user_id = owner and l.lease_key = key returning * into held;
    elsif verb = 'release' then
        delete from public.app_result_leases l
        where l.user_id = owner and l.lease_key = key and l.holder = asker and l.expires_at > now;
        return json_build_object('released', found);
    end if;
    return json_build_object('lease', case when held.holder is not null then json_build_object(
        'holder', held.holder, 'started_at', stillroom.micros(held.started_at),
        'beat_at', stillroom.micros(held.beat_at), 'progress', held.progress, 'message', held.message) end);
end $$;

-- What clients call that come over HTTP. PostgREST takes a single unnamed parameter as the request's body, and answers
-- raw bytes to whoever asks for application/octet-stream.
do $$
begin
    if to_regtype('public."application/octet-stream"') is null then
        create domain public."application/octet-stream" as bytea;
    end if;
end $$;

create function public.stillroom_save(bytea) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.save($1); end $$;
create function public.stillroom_load(bytea) returns public."application/octet-stream"
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.load($1); end $$;
create function public.stillroom_missing(bytea) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.missing($1); end $$;
create function public.stillroom_discard(bytea) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.discard($1); end $$;
create function public.stillroom_recode(bytea) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.recode($1); end $$;
create function public.stillroom_list(jsonb) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.list($1); end $$;
create function public.stillroom_history(jsonb) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.history($1); end $$;
create function public.stillroom_snapshot(jsonb) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.snapshot($1); end $$;
create function public.stillroom_usage(jsonb) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return stillroom.usage($1); end $$;
create function public.stillroom_annotate(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.annotate($1); end $$;
create function public.stillroom_delete(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.delete($1); end $$;
create function public.stillroom_undelete(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.undelete($1); end $$;
create function public.stillroom_rename(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.rename($1); end $$;
create function public.stillroom_sweep(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.sweep($1); end $$;
create function public.stillroom_lease(jsonb) returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$ begin return stillroom.lease($1); end $$;

-- The keeper's functions become the keeper's, and nobody runs any that isn't meant for them.
do $$
declare
    me constant text := current_user;
    each record;
    role text;
begin
    for each in
        select p.oid::regprocedure::text as name, n.nspname as schema, p.proname as bare
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'stillroom' or (n.nspname = 'public' and p.proname like 'stillroom\_%')
    loop
        execute format('revoke all on function %s from public', each.name);
        for role in
            select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role')
        loop
            execute format('revoke all on function %s from %I', each.name, role);
        end loop;
        if each.schema = 'public' or to_regproc('public.stillroom_' || each.bare) is not null then
            execute format('grant execute on function %s to authenticated, stillroom_app', each.name);
        end if;
        -- Who gives a function away can't grant it afterwards.
        if each.schema = 'stillroom' then
            execute format('alter function %s owner to stillroom_keeper', each.name);
        end if;
    end loop;
    -- Later migrations bring rows over, and ask where they may be.
    set local role stillroom_keeper;
    execute format('grant execute on function stillroom.is_place(text, text) to %I', me);
    execute format('set local role %I', me);
end $$;

-- Only owning functions takes this right; a later migration gives it for as long as it runs.
revoke create on schema stillroom from stillroom_keeper;
