-- What the store does, each verb a function of two layers: one in the schema stillroom that does it, as the keeper,
-- and one in public that a client calls, with the caller's own rights. Both see the asker's rows only: by their
-- conditions, and by the policies.
--
-- Bytes travel framed: 4 bytes, big-endian, that say how long the JSON after them is; that JSON; and the bytes it
-- speaks of, one after the other. Digests, ids and metadata in JSON are hexadecimal, times microseconds since 1970 UTC.

-- Who is asking.
create function stillroom.asker() returns uuid
language plpgsql stable set search_path = '' as $$
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

-- The time, and the one that leases are judged by; tests put clocks of their own in the place of both.
create function stillroom.clock() returns timestamptz
language sql volatile set search_path = '' as $$ select pg_catalog.clock_timestamp() $$;
create function stillroom.lease_clock() returns timestamptz
language sql volatile set search_path = '' as $$ select pg_catalog.clock_timestamp() $$;

-- Times as microseconds, to the last of them: an interval is multiplied in floating point, and the seconds of a
-- distant time lose their last digits.
create function stillroom.micros(t timestamptz) returns bigint
language sql immutable set search_path = '' as $$
    select extract(epoch from date_trunc('second', t))::bigint * 1000000 + extract(microseconds from t)::bigint % 1000000
$$;
create function stillroom.at(micros bigint) returns timestamptz
language sql immutable set search_path = '' as $$
    select (timestamp '1970-01-01' + (micros / 86400000000) * interval '1 day'
        + (micros % 86400000000) * interval '1 microsecond') at time zone 'UTC'
$$;
-- So much later; the latest there is when that is beyond it.
create function stillroom.after(t timestamptz, micros bigint) returns timestamptz
language sql immutable set search_path = '' as $$
    select stillroom.at(case
        when micros > 9223372036854775807 - greatest(stillroom.micros(t), 0) then 9223372036854775807
        else stillroom.micros(t) + micros
    end)
$$;

-- Locks what an owner has until the transaction ends, and tells the time it is for them: it never goes back.
create function stillroom.lock_owner(owner uuid) returns timestamptz
language sql volatile set search_path = '' as $$
    insert into public.app_result_owners as o (user_id, seen_at) values (owner, stillroom.clock())
    on conflict (user_id) do update set seen_at = greatest(o.seen_at, excluded.seen_at)
    returning seen_at
$$;
create function stillroom.time_for(owner uuid) returns timestamptz
language sql stable set search_path = '' as $$
    select greatest(stillroom.clock(), (select seen_at from public.app_result_owners where user_id = owner))
$$;

create function stillroom.is_visible(v public.app_result_versions, t timestamptz) returns boolean
language sql immutable as $$ select v.deleted_at is null and (v.pinned or v.expires_at is null or v.expires_at > t) $$;

-- A version's facts as JSON.
create function stillroom.record(v public.app_result_versions) returns json
language sql stable set search_path = '' as $$
    select json_build_object(
        'page', v.page_key, 'key', v.result_key, 'version', v.version, 'kind', v.kind, 'shape', v.shape,
        'bytes', v.bytes, 'digest', encode(v.digest, 'hex'), 'manifest_digest', encode(v.manifest_digest, 'hex'),
        'label', v.label, 'metadata', encode(v.metadata, 'hex'), 'summary', v.summary, 'provenance', v.provenance,
        'created_at', stillroom.micros(v.created_at), 'expires_at', stillroom.micros(v.expires_at),
        'pinned', v.pinned, 'signature', encode(v.signature, 'hex'), 'key_id', encode(v.key_id, 'hex'),
        'record_digest', encode(v.record_digest, 'hex'))
$$;

-- A summary as JSONB, which holds no NUL and no half of a surrogate pair; what is no JSON at all becomes a string.
create function stillroom.picture(summary text) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
    return summary::jsonb;
exception when others then
    begin
        return regexp_replace(summary, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\ufffd', 'g')::jsonb;
    exception when others then
        return to_jsonb(summary);
    end;
end $$;

-- Makes app_results say what the newest versions of these results are; one that has none left is not in it.
create function stillroom.show(owner uuid, pages text[], keys text[], t timestamptz) returns void
language sql volatile set search_path = '' as $$
    with asked as (
        select distinct p as page_key, k as result_key from unnest(pages, keys) as a(p, k)
    ), newest as (
        select a.page_key, a.result_key, v.version, v.kind, v.bytes, v.digest, v.label, v.created_at,
            case when not v.pinned then v.expires_at end as expires_at,
            case when v.manifest is not null then stillroom.picture(v.summary) else (
                select r.result_data from stillroom.recipe_values r
                where r.user_id = owner and r.page_key = v.page_key and r.result_key = v.result_key
                    and r.version = v.version
            ) end as result_data,
            v.metadata_json as metadata
        from asked a left join lateral (
            select * from public.app_result_versions v
            where v.user_id = owner and v.page_key = a.page_key and v.result_key = a.result_key
                and stillroom.is_visible(v, t)
            order by v.version desc limit 1
        ) v on true
    ), hidden as (
        delete from public.app_results r using newest n
        where r.user_id = owner and r.page_key = n.page_key and r.result_key = n.result_key and n.version is null
    )
    insert into public.app_results as r (user_id, page_key, result_key, result_data, metadata, created_at, updated_at,
        version, kind, bytes, digest, label, expires_at)
    select owner, page_key, result_key, result_data, metadata, created_at, created_at,
        version, kind, bytes, digest, label, expires_at
    from newest where version is not null
    on conflict (user_id, page_key, result_key) do update set
        result_data = excluded.result_data, metadata = excluded.metadata, updated_at = excluded.updated_at,
        version = excluded.version, kind = excluded.kind, bytes = excluded.bytes, digest = excluded.digest,
        label = excluded.label, expires_at = excluded.expires_at
$$;

create function stillroom.not_found(page text, key text, version bigint) returns void
language sql volatile set search_path = '' as $$
    select stillroom.refuse('PT404', 'no such result',
        jsonb_build_object('what', 'result', 'page', page, 'key', key, 'version', version))
$$;

-- Frames: the length of the header, the header, and a frame of an answer.
create function stillroom.header_len(frame bytea) returns integer
language sql immutable set search_path = '' as $$
    select (get_byte(frame, 0) << 24) | (get_byte(frame, 1) << 16) | (get_byte(frame, 2) << 8) | get_byte(frame, 3)
$$;
create function stillroom.header(frame bytea) returns jsonb
language sql immutable set search_path = '' as $$
    select convert_from(substr(frame, 5, stillroom.header_len(frame)), 'UTF8')::jsonb
$$;
create function stillroom.frame(header json, bytes bytea) returns bytea
language sql immutable set search_path = '' as $$
    select int4send(octet_length(text)) || text || bytes
    from (select convert_to(header::text, 'UTF8')) as h(text)
$$;

-- Saving.

-- Which of these digests an owner lacks, in order.
create function stillroom.lacking(owner uuid, digests bytea[]) returns bytea[]
language sql stable set search_path = '' as $$
    select coalesce(array_agg(d order by d), '{}') from (
        select distinct d from unnest(digests) d
        where not exists (select from public.app_result_blobs b where b.user_id = owner and b.digest = d)
    ) absent
$$;

-- Which blobs a frame brings: the header's list says digest, codec, length of the raw bytes and of those that follow.
create function stillroom.brought(header jsonb) returns table (
    digest bytea, codec smallint, raw_len integer, len integer, start integer
) language sql immutable set search_path = '' as $$
    select decode(b ->> 0, 'hex'), (b ->> 1)::smallint, (b ->> 2)::integer, (b ->> 3)::integer,
        (sum((b ->> 3)::integer) over (order by n) - (b ->> 3)::integer)::integer
    from jsonb_array_elements(header -> 'blobs') with ordinality as blobs(b, n)
$$;

-- Puts the blobs of a frame, whose bytes begin at `base`; of those already there nothing is changed.
create function stillroom.put(owner uuid, header jsonb, body bytea, base integer, t timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
begin
    insert into public.app_result_blobs (user_id, digest, codec, raw_len, data, waits_since)
    select owner, b.digest, b.codec, b.raw_len, substr(body, base + b.start, b.len), t
    from stillroom.brought(header) b
    on conflict (user_id, digest) do nothing;
end $$;

-- The versions of a commit with where their bytes lie.
create function stillroom.versions_of(asked jsonb) returns table (
    n bigint, page text, key text, digest bytea, kind text, shape bigint[], bytes bigint, label text, metadata bytea,
    metadata_json jsonb, summary text, provenance text, ttl bigint, pinned boolean, signature bytea, key_id bytea,
    record_digest bytea, manifest_digest bytea, manifest_len integer, blobs_len integer, start integer
) language sql immutable set search_path = '' as $$
    select n, v ->> 'page', v ->> 'key', decode(v ->> 'digest', 'hex'), v ->> 'kind',
        array(select jsonb_array_elements_text(v -> 'shape')::bigint), (v ->> 'bytes')::bigint, v ->> 'label',
        decode(v ->> 'metadata', 'hex'), v -> 'metadata_json', v ->> 'summary', v ->> 'provenance',
        (v ->> 'ttl')::bigint, (v ->> 'pinned')::boolean, decode(v ->> 'signature', 'hex'),
        decode(v ->> 'key_id', 'hex'), decode(v ->> 'record_digest', 'hex'), decode(v ->> 'manifest_digest', 'hex'),
        (v ->> 'manifest_len')::integer, (v ->> 'blobs_len')::integer,
        (sum((v ->> 'manifest_len')::integer + (v ->> 'blobs_len')::integer) over (order by n)
            - (v ->> 'manifest_len')::integer - (v ->> 'blobs_len')::integer)::integer
    from jsonb_array_elements(asked -> 'versions') with ordinality as versions(v, n)
$$;

-- One save, a set of one or more versions: all conditions are looked at, then everything is written.
-- `base` is where the bytes after the header begin: each version's manifest and list of blobs, then the blobs.
create function stillroom.commit(owner uuid, header jsonb, body bytea, base integer) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
    asked constant jsonb := header -> 'commit';
    request constant uuid := (asked ->> 'request')::uuid;
    keep constant bigint := (asked ->> 'keep_versions')::bigint;
    versions_len integer;
    t timestamptz;
    written jsonb;
    failed record;
    pages text[];
    keys text[];
    needed bytea[];
    given bytea[];
    missing bytea[];
    same public.app_result_versions;
begin
    t := stillroom.lock_owner(owner);

    if request is not null then
        -- What a commit of this name wrote, when it wrote all of this; of what was there before or is gone, nothing.
        select jsonb_agg(stillroom.record(v)::jsonb order by n.n) into written
        from (
            select n, e ->> 'page' as page_key, e ->> 'key' as result_key,
                row_number() over (partition by e ->> 'page', e ->> 'key' order by n) as nth
            from jsonb_array_elements(asked -> 'versions') with ordinality as a(e, n)
        ) n join (
            select v as row, v.page_key, v.result_key,
                row_number() over (partition by v.page_key, v.result_key order by v.version) as nth
            from public.app_result_versions v where v.user_id = owner and v.request_id = request
        ) w using (page_key, result_key, nth) cross join lateral (select (w.row).*) v;
        if jsonb_array_length(written) = jsonb_array_length(asked -> 'versions') then
            return jsonb_build_object('done', written);
        end if;
    end if;

    select c ->> 0 as page, c ->> 1 as key, (c ->> 2)::bigint as expected, found.version as found into failed
    from jsonb_array_elements(asked -> 'conditions') with ordinality as conditions(c, n)
    left join lateral (
        select v.version from public.app_result_versions v
        where v.user_id = owner and v.page_key = c ->> 0 and v.result_key = c ->> 1 and stillroom.is_visible(v, t)
        order by v.version desc limit 1
    ) found on true
    where found.version is distinct from (c ->> 2)::bigint
    order by n limit 1;
    if found then
        perform stillroom.refuse('PT409', 'changed since it was read', jsonb_build_object(
            'what', 'version', 'page', failed.page, 'key', failed.key,
            'expected', failed.expected, 'found', failed.found));
    end if;

    if (asked ->> 'unless_same')::boolean then
        select * into same from public.app_result_versions v
        where v.user_id = owner and v.page_key = asked -> 'versions' -> 0 ->> 'page'
            and v.result_key = asked -> 'versions' -> 0 ->> 'key' and stillroom.is_visible(v, t)
        order by v.version desc limit 1;
        if same.digest = decode(asked -> 'versions' -> 0 ->> 'digest', 'hex') then
            return jsonb_build_object('same', stillroom.record(same));
        end if;
    end if;

    select array_agg(v ->> 'page'), array_agg(v ->> 'key'),
        coalesce(sum((v ->> 'manifest_len')::integer + (v ->> 'blobs_len')::integer), 0)
    into pages, keys, versions_len
    from jsonb_array_elements(asked -> 'versions') v;
    select array_agg(distinct substr(body, base + each.start + each.manifest_len + 32 * i, 32)) into needed
    from stillroom.versions_of(asked) each, generate_series(0, each.blobs_len / 32 - 1) i;
    select array_agg(b.digest) into given from stillroom.brought(header) b;

    select array_agg(d) into missing
    from unnest(stillroom.lacking(owner, needed)) d where d <> all (coalesce(given, '{}'));
    if missing is not null then
        return jsonb_build_object('missing', (select jsonb_agg(encode(d, 'hex')) from unnest(missing) d));
    end if;

    if given is not null then
        perform stillroom.put(owner, header, body, base + versions_len, null);
    end if;
    update public.app_result_blobs set waits_since = null
    where user_id = owner and waits_since is not null and digest = any (needed || given);

    with new as (
        select v.*, row_number() over (partition by v.page, v.key order by v.n) as nth,
            count(*) over (partition by v.page, v.key) as of_result
        from stillroom.versions_of(asked) v
    ), counted as (
        insert into stillroom.counters as c (user_id, page_key, result_key, counted)
        select owner, page, key, count(*) from new group by page, key
        on conflict (user_id, page_key, result_key) do update set counted = c.counted + excluded.counted
        returning page_key, result_key, counted
    ), inserted as (
        insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest,
            manifest, manifest_digest, blobs, summary, provenance, label, metadata, metadata_json, created_at,
            expires_at, pinned, signature, key_id, request_id, record_digest)
        select owner, n.page, n.key,
            c.counted - n.of_result + n.nth,
            n.kind, n.shape, n.bytes, n.digest, substr(body, base + n.start, n.manifest_len), n.manifest_digest,
            substr(body, base + n.start + n.manifest_len, n.blobs_len), n.summary, n.provenance, n.label,
            n.metadata, n.metadata_json, t, stillroom.after(t, n.ttl), n.pinned, n.signature, n.key_id, request,
            n.record_digest
        from new n join counted c on c.page_key = n.page and c.result_key = n.key
        returning page_key, result_key, version
    )
    select jsonb_agg(i.version order by n.n) into written
    from (
        select *, row_number() over (partition by page_key, result_key order by version) as nth from inserted
    ) i join new n on (n.page, n.key, n.nth) = (i.page_key, i.result_key, i.nth);

    if keep is not null then
        delete from public.app_result_versions v using (
            select ctid as row, row_number() over (partition by page_key, result_key order by version desc) as nth
            from public.app_result_versions o
            where o.user_id = owner and (o.page_key, o.result_key) in (select * from unnest(pages, keys))
                and stillroom.is_visible(o, t) and not o.pinned
        ) old
        where v.ctid = old.row and v.user_id = owner and old.nth > greatest(keep, 1);
    end if;

    perform stillroom.show(owner, pages, keys, t);
    return jsonb_build_object('written', coalesce(written, '[]'), 'created_at', stillroom.micros(t));
end $$;

-- Puts blobs, and commits what the header asks for, if anything.
create function stillroom.save(frame bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    header constant jsonb := stillroom.header(frame);
    base constant integer := 5 + stillroom.header_len(frame);
begin
    if header ? 'commit' then
        return stillroom.commit(owner, header, frame, base);
    end if;
    perform stillroom.put(owner, header, frame, base, stillroom.lock_owner(owner));
    return '{}';
end $$;

-- Loading.

-- A version, when the header names a result, and blobs: those it asks for, and where `inline` says how many bytes
-- of them may come, those that the version needs. Each blob is answered, in the order asked: its codec, the lengths
-- of its raw bytes and of those that follow; null for one that isn't there. In the place of the manifest of what the
-- recipe wrote comes the text of its JSON.
create function stillroom.load(frame bytea) returns bytea
language plpgsql stable security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    header constant jsonb := stillroom.header(frame);
    base constant integer := 5 + stillroom.header_len(frame);
    found_version public.app_result_versions;
    asked bytea := substr(frame, base);
    is_inline boolean := false;
    facts json;
    bytes bytea;
    root bytea;
begin
    if header ? 'key' then
        select * into found_version from public.app_result_versions v
        where v.user_id = owner and v.page_key = header ->> 'page' and v.result_key = header ->> 'key'
            and (header ->> 'version' is null or v.version = (header ->> 'version')::bigint)
            and stillroom.is_visible(v, stillroom.time_for(owner))
        order by v.version desc limit 1;
        if not found then
            perform stillroom.not_found(header ->> 'page', header ->> 'key', (header ->> 'version')::bigint);
        end if;
        root := found_version.manifest;
        if root is null then
            select convert_to(r.result_data::text, 'UTF8') into root from stillroom.recipe_values r
            where r.user_id = owner and r.page_key = found_version.page_key
                and r.result_key = found_version.result_key and r.version = found_version.version;
        end if;
        -- A version of few bytes comes whole.
        is_inline := octet_length(found_version.blobs) > 0
            and octet_length(found_version.blobs) / 32 <= (header ->> 'inline')::integer / 256
            and (
                select sum(b.stored_bytes) from generate_series(0, octet_length(found_version.blobs) / 32 - 1) i
                join public.app_result_blobs b
                    on b.user_id = owner and b.digest = substr(found_version.blobs, 32 * i + 1, 32)
            ) <= (header ->> 'inline')::integer;
        if is_inline then
            asked := found_version.blobs;
        end if;
    end if;

    select json_agg(case when b.digest is not null then json_build_array(b.codec, b.raw_len, b.stored_bytes) end
            order by i),
        string_agg(b.data, ''::bytea order by i)
    into facts, bytes
    from generate_series(0, octet_length(asked) / 32 - 1) i
    left join public.app_result_blobs b on b.user_id = owner and b.digest = substr(asked, 32 * i + 1, 32);

    return stillroom.frame(
        json_build_object(
            'record', case when header ? 'key' then stillroom.record(found_version) end,
            'manifest_len', octet_length(root),
            'inline', is_inline, 'blobs', coalesce(facts, '[]')),
        coalesce(root, '') || case when is_inline then asked else '' end || coalesce(bytes, ''));
end $$;

-- Which of the digests in the frame the asker lacks, in order.
create function stillroom.missing(digests bytea) returns jsonb
language sql stable security definer set search_path = '' as $$
    select coalesce(jsonb_agg(i order by i), '[]')
    from stillroom.asker() as a(owner), generate_series(0, octet_length(digests) / 32 - 1) i
    where not exists (
        select from public.app_result_blobs b
        where b.user_id = owner and b.digest = substr(digests, 32 * i + 1, 32))
$$;

-- Looking.

-- The newest versions of results, by page and key, after the one given.
create function stillroom.list(asked jsonb) returns json
language sql stable security definer set search_path = '' as $$
    select json_build_object('records', coalesce(json_agg(record order by page_key, result_key), '[]'))
    from (
        select r.page_key, r.result_key, stillroom.record(v) as record
        from (select stillroom.asker() as owner) a
        cross join lateral (select stillroom.time_for(a.owner) as t) now
        join public.app_results r on r.user_id = a.owner
        cross join lateral (
            select * from public.app_result_versions v
            where v.user_id = a.owner and v.page_key = r.page_key and v.result_key = r.result_key
                and stillroom.is_visible(v, now.t)
            order by v.version desc limit 1
        ) v
        where (asked ->> 'page' is null or r.page_key = asked ->> 'page')
            and (asked ->> 'after_page' is null
                or (r.page_key, r.result_key) > (asked ->> 'after_page', asked ->> 'after_key'))
        order by r.page_key, r.result_key
        limit (asked ->> 'limit')::integer
    ) listed
$$;

-- The versions of a result below the one given, newest first.
create function stillroom.history(asked jsonb) returns json
language sql stable security definer set search_path = '' as $$
    select json_build_object('records', coalesce(json_agg(record order by version desc), '[]'))
    from (
        select v.version, stillroom.record(v) as record
        from (select stillroom.asker() as owner) a
        cross join lateral (select stillroom.time_for(a.owner) as t) now
        join public.app_result_versions v on v.user_id = a.owner
        where v.page_key = asked ->> 'page' and v.result_key = asked ->> 'key'
            and (asked ->> 'before' is null or v.version < (asked ->> 'before')::bigint)
            and stillroom.is_visible(v, now.t)
        order by v.version desc
        limit (asked ->> 'limit')::integer
    ) listed
$$;

-- Every version of the results asked for, with its manifest, as of one moment; those of the recipe have none.
create function stillroom.snapshot(asked jsonb) returns json
language sql stable security definer set search_path = '' as $$
    select json_build_object('records', coalesce(json_agg(
        json_build_object('record', stillroom.record(v), 'manifest', encode(v.manifest, 'hex'))
        order by v.page_key, v.result_key, v.version), '[]'))
    from (select stillroom.asker() as owner) a
    cross join lateral (select stillroom.time_for(a.owner) as t) now
    join public.app_result_versions v on v.user_id = a.owner
    where (asked ->> 'page' is null or v.page_key = asked ->> 'page')
        and (asked ->> 'key' is null or v.result_key = asked ->> 'key')
        and stillroom.is_visible(v, now.t)
$$;

create function stillroom.usage() returns json
language sql stable security definer set search_path = '' as $$
    select json_build_object(
        'results', count(distinct (v.page_key, v.result_key)) filter (where v.version is not null), 'versions', count(v.version),
        'value_bytes', coalesce(sum(v.bytes), 0), 'stored_bytes', coalesce(min(o.bytes), 0), 'quota', min(o.quota))
    from (select stillroom.asker() as owner) a
    cross join lateral (select stillroom.time_for(a.owner) as t) now
    left join public.app_result_owners o on o.user_id = a.owner
    left join public.app_result_versions v on v.user_id = a.owner and stillroom.is_visible(v, now.t)
$$;

-- Deciding.

-- Changes what people decided about a version: the fields that are there.
create function stillroom.annotate(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
    changed public.app_result_versions;
begin
    update public.app_result_versions v set
        label = case when asked ? 'label' then asked ->> 'label' else v.label end,
        metadata = case when asked ? 'metadata' then decode(asked ->> 'metadata', 'hex') else v.metadata end,
        metadata_json = case when asked ? 'metadata' then asked -> 'metadata_json' else v.metadata_json end,
        expires_at = case when asked ? 'ttl' then stillroom.after(t, (asked ->> 'ttl')::bigint) else v.expires_at end,
        pinned = case when asked ? 'pinned' then (asked ->> 'pinned')::boolean else v.pinned end
    where v.user_id = owner and v.page_key = asked ->> 'page' and v.result_key = asked ->> 'key'
        and v.version = (asked ->> 'version')::bigint and stillroom.is_visible(v, t)
    returning * into changed;
    if not found then
        perform stillroom.not_found(asked ->> 'page', asked ->> 'key', (asked ->> 'version')::bigint);
    end if;
    perform stillroom.show(owner, array[asked ->> 'page'], array[asked ->> 'key'], t);
    return stillroom.record(changed);
end $$;

-- Hides a result or a version of it; which versions those were, newest first.
create function stillroom.delete(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
    hidden json;
begin
    with hid as (
        update public.app_result_versions v set deleted_at = t
        where v.user_id = owner and v.page_key = asked ->> 'page' and v.result_key = asked ->> 'key'
            and (asked ->> 'version' is null or v.version = (asked ->> 'version')::bigint)
            and stillroom.is_visible(v, t)
        returning v.version
    )
    select json_agg(version order by version desc) into hidden from hid;
    if hidden is null then
        perform stillroom.not_found(asked ->> 'page', asked ->> 'key', (asked ->> 'version')::bigint);
    end if;
    perform stillroom.show(owner, array[asked ->> 'page'], array[asked ->> 'key'], t);
    return json_build_object('versions', hidden);
end $$;

-- Brings hidden versions back, all of them or none.
create function stillroom.undelete(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
    gone bigint;
begin
    select e::bigint into gone from jsonb_array_elements_text(asked -> 'versions') with ordinality as versions(e, n)
    where not exists (
        select from public.app_result_versions v
        where v.user_id = owner and v.page_key = asked ->> 'page' and v.result_key = asked ->> 'key'
            and v.version = e::bigint)
    order by n limit 1;
    if found then
        perform stillroom.not_found(asked ->> 'page', asked ->> 'key', gone);
    end if;
    update public.app_result_versions v set deleted_at = null
    where v.user_id = owner and v.page_key = asked ->> 'page' and v.result_key = asked ->> 'key'
        and v.deleted_at is not null
        and v.version in (select e::bigint from jsonb_array_elements_text(asked -> 'versions') e);
    perform stillroom.show(owner, array[asked ->> 'page'], array[asked ->> 'key'], t);
    return '{}';
end $$;

-- Moves a result with all its versions; what was hidden at the new place is gone for good, and both go on counting.
create function stillroom.rename(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
    from_page constant text := asked ->> 'page';
    from_key constant text := asked ->> 'key';
    to_page constant text := asked ->> 'to_page';
    to_key constant text := asked ->> 'to_key';
    there bigint;
    newest public.app_result_versions;
begin
    if not exists (
        select from public.app_result_versions v
        where v.user_id = owner and v.page_key = from_page and v.result_key = from_key and stillroom.is_visible(v, t)
    ) then
        perform stillroom.not_found(from_page, from_key, null);
    end if;
    select v.version into there from public.app_result_versions v
    where v.user_id = owner and v.page_key = to_page and v.result_key = to_key and stillroom.is_visible(v, t)
    order by v.version desc limit 1;
    if found then
        perform stillroom.refuse('PT409', 'something is there', jsonb_build_object(
            'what', 'version', 'page', to_page, 'key', to_key, 'expected', null, 'found', there));
    end if;
    delete from public.app_result_versions v
    where v.user_id = owner and v.page_key = to_page and v.result_key = to_key;
    update public.app_result_versions v set page_key = to_page, result_key = to_key
    where v.user_id = owner and v.page_key = from_page and v.result_key = from_key;
    insert into stillroom.counters as c (user_id, page_key, result_key, counted)
    select owner, to_page, to_key, f.counted from stillroom.counters f
    where f.user_id = owner and f.page_key = from_page and f.result_key = from_key
    on conflict (user_id, page_key, result_key) do update set counted = greatest(c.counted, excluded.counted);
    perform stillroom.show(owner, array[from_page, to_page], array[from_key, to_key], t);
    select * into newest from public.app_result_versions v
    where v.user_id = owner and v.page_key = to_page and v.result_key = to_key and stillroom.is_visible(v, t)
    order by v.version desc limit 1;
    return stillroom.record(newest);
end $$;

-- Keeping in order.

-- Erases what is hidden for good, and blobs that no version names: what an owner's sweep does.
create function stillroom.sweep(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    t constant timestamptz := stillroom.lock_owner(owner);
    undo_until constant timestamptz := stillroom.at(stillroom.micros(t) - (asked ->> 'undo_time')::bigint);
    is_dry constant boolean := (asked ->> 'dry_run')::boolean;
    -- How long a blob may wait for the commit that names it.
    waited_until constant timestamptz := t - interval '1 hour';
    pages text[];
    keys text[];
    versions bigint[];
    orphans bytea[];
    orphan_bytes bigint;
begin
    if (asked ->> 'is_step')::boolean and (
        select swept_at > t - interval '10 minutes' from public.app_result_owners where user_id = owner
    ) then
        return '{"versions": 0, "blobs": 0, "blob_bytes": 0}';
    end if;

    select array_agg(v.page_key), array_agg(v.result_key), array_agg(v.version) into pages, keys, versions
    from public.app_result_versions v
    where v.user_id = owner
        and (v.deleted_at is not null or (v.expires_at is not null and not v.pinned))
        and (v.deleted_at <= undo_until or (not v.pinned and v.expires_at <= t));
    with named as (
        select distinct substr(v.blobs, 32 * i + 1, 32) as digest
        from public.app_result_versions v, generate_series(0, octet_length(v.blobs) / 32 - 1) i
        where v.user_id = owner
            and (v.page_key, v.result_key, v.version) not in (select * from unnest(pages, keys, versions))
    )
    select array_agg(b.digest), sum(b.stored_bytes) into orphans, orphan_bytes
    from public.app_result_blobs b
    where b.user_id = owner and (b.waits_since is null or b.waits_since <= waited_until)
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
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
begin
    perform stillroom.lock_owner(owner);
    delete from public.app_result_blobs b using generate_series(0, octet_length(digests) / 32 - 1) i
    where b.user_id = owner and b.digest = substr(digests, 32 * i + 1, 32);
    return '{}';
end $$;

-- Keeps raw blobs in fewer bytes: those that are still raw, and how many bytes that is less.
create function stillroom.recode(frame bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    header constant jsonb := stillroom.header(frame);
    base constant integer := 5 + stillroom.header_len(frame);
    saved bigint;
begin
    perform stillroom.lock_owner(owner);
    with changed as (
        update public.app_result_blobs b
        set codec = c.codec, data = substr(frame, base + c.start, c.len)
        from stillroom.brought(header) c
        where b.user_id = owner and b.digest = c.digest and b.codec = 0 and c.codec <> 0
            and b.raw_len = c.raw_len and c.len < b.raw_len
        returning b.raw_len - c.len as less
    )
    select sum(less) into saved from changed;
    return jsonb_build_object('saved', coalesce(saved, 0));
end $$;

-- Leases.

create function stillroom.lease_of(l public.app_result_leases) returns json
language sql stable set search_path = '' as $$
    select json_build_object('holder', l.holder, 'started_at', stillroom.micros(l.started_at),
        'beat_at', stillroom.micros(l.beat_at), 'progress', l.progress, 'message', l.message)
$$;

-- Takes, renews, gives back or shows a lease.
create function stillroom.lease(asked jsonb) returns json
language plpgsql volatile security definer set search_path = '' as $$
declare
    owner constant uuid := stillroom.asker();
    verb constant text := asked ->> 'do';
    asker constant uuid := (asked ->> 'holder')::uuid;
    t timestamptz;
    now constant timestamptz := stillroom.lease_clock();
    until constant timestamptz := stillroom.after(now, (asked ->> 'ttl')::bigint);
    held public.app_result_leases;
begin
    if verb <> 'show' then
        t := stillroom.lock_owner(owner);
    end if;
    select * into held from public.app_result_leases l
    where l.user_id = owner and l.lease_key = asked ->> 'key' and l.expires_at > now;

    if verb = 'acquire' and held.holder = asker then
        update public.app_result_leases l set beat_at = t, expires_at = until
        where l.user_id = owner and l.lease_key = asked ->> 'key' returning * into held;
    elsif verb = 'acquire' and held.holder is null then
        delete from public.app_result_leases l where l.user_id = owner and l.lease_key = asked ->> 'key';
        insert into public.app_result_leases (user_id, lease_key, holder, started_at, beat_at, expires_at)
        values (owner, asked ->> 'key', asker, t, t, until) returning * into held;
    elsif verb = 'beat' then
        if held.holder is distinct from asker then
            perform stillroom.refuse('PT410', 'the lease was lost', '{"what": "lease"}');
        end if;
        update public.app_result_leases l set beat_at = t, expires_at = until,
            progress = (asked ->> 'progress')::double precision, message = asked ->> 'message'
        where l.user_id = owner and l.lease_key = asked ->> 'key' returning * into held;
    elsif verb = 'release' then
        delete from public.app_result_leases l
        where l.user_id = owner and l.lease_key = asked ->> 'key' and l.holder = asker and l.expires_at > now;
        return json_build_object('released', found);
    end if;
    return json_build_object('lease', case when held.holder is not null then stillroom.lease_of(held) end);
end $$;

-- What clients call. PostgREST takes a single unnamed parameter as the request's body, and answers raw bytes to
-- whoever asks for application/octet-stream.
do $$
begin
    if to_regtype('public."application/octet-stream"') is null then
        create domain public."application/octet-stream" as bytea;
    end if;
end $$;

create function public.stillroom_save(bytea) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select stillroom.save($1) $$;
create function public.stillroom_load(bytea) returns public."application/octet-stream"
language sql stable security invoker set search_path = '' as $$ select stillroom.load($1) $$;
create function public.stillroom_missing(bytea) returns jsonb
language sql stable security invoker set search_path = '' as $$ select stillroom.missing($1) $$;
create function public.stillroom_discard(bytea) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select stillroom.discard($1) $$;
create function public.stillroom_recode(bytea) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select stillroom.recode($1) $$;
create function public.stillroom_list(jsonb) returns json
language sql stable security invoker set search_path = '' as $$ select stillroom.list($1) $$;
create function public.stillroom_history(jsonb) returns json
language sql stable security invoker set search_path = '' as $$ select stillroom.history($1) $$;
create function public.stillroom_snapshot(jsonb) returns json
language sql stable security invoker set search_path = '' as $$ select stillroom.snapshot($1) $$;
create function public.stillroom_usage(jsonb) returns json
language sql stable security invoker set search_path = '' as $$ select stillroom.usage() $$;
create function public.stillroom_annotate(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.annotate($1) $$;
create function public.stillroom_delete(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.delete($1) $$;
create function public.stillroom_undelete(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.undelete($1) $$;
create function public.stillroom_rename(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.rename($1) $$;
create function public.stillroom_sweep(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.sweep($1) $$;
create function public.stillroom_lease(jsonb) returns json
language sql volatile security invoker set search_path = '' as $$ select stillroom.lease($1) $$;

-- The keeper's functions become the keeper's, and nobody runs any that isn't meant for them.
do $$
declare
    each record;
begin
    for each in
        select p.oid::regprocedure::text as name, n.nspname as schema, p.proname as bare
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'stillroom' or (n.nspname = 'public' and p.proname like 'stillroom\_%')
    loop
        execute format('revoke all on function %s from public, anon, authenticated', each.name);
        if each.schema = 'public' or to_regproc('public.stillroom_' || each.bare) is not null then
            execute format('grant execute on function %s to authenticated, stillroom_app', each.name);
        end if;
        if each.schema = 'stillroom' then
            execute format('alter function %s owner to stillroom_keeper', each.name);
        end if;
    end loop;
end $$;
