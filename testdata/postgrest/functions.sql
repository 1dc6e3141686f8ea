-- What the exchanges of functions.json were asked of.
create table public.app_result_blobs(user_id uuid not null default auth.uid(), digest bytea not null, data bytea not null, primary key(user_id,digest));
alter table public.app_result_blobs alter column data set storage external;
alter table public.app_result_blobs enable row level security; alter table public.app_result_blobs force row level security;
grant select,insert,delete on public.app_result_blobs to authenticated;
create policy own on public.app_result_blobs to authenticated using ((select auth.uid())=user_id) with check ((select auth.uid())=user_id);
create domain "application/octet-stream" as bytea;
-- frame: repeated [32 digest][4 len be][len bytes]
create function public.stillroom_put(bytea) returns int language plpgsql security invoker set search_path='' as $$
declare p int := 1; n int; c int := 0; total int := pg_catalog.length($1); begin
 while p <= total loop
  n := ('x'||pg_catalog.encode(pg_catalog.substr($1,p+32,4),'hex'))::bit(32)::int;
  insert into public.app_result_blobs(digest,data) values (pg_catalog.substr($1,p,32), pg_catalog.substr($1,p+36,n)) on conflict do nothing;
  p := p+36+n; c := c+1;
 end loop; return c; end $$;
create function public.stillroom_get(bytea) returns "application/octet-stream" language sql stable security invoker set search_path='' as $$
 select coalesce(pg_catalog.string_agg(b.data, ''::bytea order by o.i),''::bytea)::public."application/octet-stream" from pg_catalog.generate_series(0,pg_catalog.length($1)/32-1) o(i) join public.app_result_blobs b on b.digest=pg_catalog.substr($1,o.i*32+1,32) and b.user_id=(select auth.uid()) $$;
grant execute on function public.stillroom_put(bytea), public.stillroom_get(bytea) to authenticated;
create function public.sr_conflict(p_found int) returns void language plpgsql security invoker set search_path='' as $$ begin raise sqlstate 'PT409' using message='record changed since it was read', detail=pg_catalog.json_build_object('found',p_found)::text, hint='load, merge, save again'; end $$;
create function public.sr_own_code() returns void language plpgsql set search_path='' as $$ begin raise sqlstate 'SR413' using message='owner quota exceeded', detail='{"limit":1}'; end $$;
create function public.sr_void() returns void language sql set search_path='' as $$ select $$;
create function public.sr_slow() returns int language plpgsql set search_path='' as $$ begin perform pg_catalog.pg_sleep(20); return 1; end $$;
create function public.sr_save(p_page text, p_results jsonb, p_request uuid default null) returns jsonb language sql set search_path='' as $$ select pg_catalog.jsonb_build_object('page',p_page,'n',pg_catalog.jsonb_array_length(p_results),'req',p_request) $$;
create function public.sr_rows() returns table(i int) language sql stable rows 1500 set search_path='' as $$ select generate_series(1,1500) $$;
create function public.sr_private() returns int language sql set search_path='' as $$ select 1 $$;
revoke execute on function public.sr_private() from public;
grant execute on all functions in schema public to authenticated; revoke execute on function public.sr_private() from authenticated;
notify pgrst,'reload schema';
