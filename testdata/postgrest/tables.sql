-- What the exchanges of tables.json were asked of. The table as it was; what stands below it was not kept with the
-- recording, and was made again from what was asked and answered.
create table public.app_results (
  id bigint primary key generated always as identity,
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  page_key text not null check (length(page_key) between 1 and 512),
  result_key text not null check (length(result_key) between 1 and 512),
  result_data jsonb not null,
  metadata jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, page_key, result_key)
);
alter table public.app_results enable row level security;
alter table public.app_results force row level security;
revoke all on public.app_results from public, anon, authenticated;
grant select, insert, update, delete on public.app_results to authenticated;
grant select, insert, update, delete on public.app_results to service_role;
create policy app_results_select on public.app_results for select to authenticated using ((select auth.uid()) = user_id);
create policy app_results_insert on public.app_results for insert to authenticated with check ((select auth.uid()) = user_id);
create policy app_results_update on public.app_results for update to authenticated using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create policy app_results_delete on public.app_results for delete to authenticated using ((select auth.uid()) = user_id);
create function public.app_results_touch() returns trigger language plpgsql set search_path = '' as $$
begin new.updated_at := pg_catalog.now(); return new; end $$;
create trigger app_results_touch before update on public.app_results for each row execute function public.app_results_touch();

create table public.nogrant (id int);
create table public.blobs (user_id uuid not null default auth.uid(), k text, b bytea, primary key (user_id, k));
alter table public.blobs enable row level security;
grant select, insert, update, delete on public.blobs to authenticated;
create policy own on public.blobs to authenticated using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create function public.whoami() returns jsonb language sql stable set search_path = '' as $$
  select pg_catalog.jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'current_user', current_user, 'session_user', session_user,
    'search_path', pg_catalog.current_setting('search_path'), 'stmt_timeout', pg_catalog.current_setting('statement_timeout'),
    'lock_timeout', pg_catalog.current_setting('lock_timeout'), 'claims', pg_catalog.current_setting('request.jwt.claims', true)::jsonb) $$;
create function public.slow(s double precision) returns int language plpgsql set search_path = '' as $$
begin perform pg_catalog.pg_sleep(s); return 1; end $$;
create function public.save_cas(p_page text, p_key text, p_data jsonb, p_expect timestamptz) returns void language plpgsql set search_path = '' as $$
begin
  update public.app_results set result_data = p_data where page_key = p_page and result_key = p_key and updated_at = p_expect;
  if not found then raise sqlstate 'PT409' using message = 'conflict', detail = 'row changed', hint = 'reload'; end if;
end $$;
