-- Makes a database look like one of Supabase to whoever asks about roles, rights and `auth`.
--
--     psql -U supabase_admin -d NAME [-v auto_expose=on] -f postgres_prelude.sql
--
-- tools/throwaway_postgres.py runs it in template1, and every database made there has it. It can be run again
-- in one of those, to change `auto_expose`: 'off' (and unset) is a project that lists what its API shows, as
-- all do since October 2026; 'on' is one that shows every new table of `public`.
-- What is not here: PostgREST, Storage, Realtime, the extensions of Supabase's own images.
\set ON_ERROR_STOP on
\if :{?auto_expose}
\else
    \set auto_expose off
\endif
set client_min_messages = warning;

-- Roles are of the whole server. Made once: two databases that alter a role at once fail.
select to_regrole('authenticator') is null as is_new_server \gset
\if :is_new_server
    -- Who runs migrations on Supabase: the owner of what is public, and no superuser.
    create role postgres login createdb createrole replication bypassrls;
    alter role postgres set search_path = "$user", public, extensions;

    -- Who a request is, once its token is checked.
    create role anon;
    create role authenticated;
    create role service_role bypassrls;
    -- A role's settings count when it logs in (PostgREST applies them once more); `set role` leaves them out.
    alter role anon set statement_timeout = '3s';
    alter role authenticated set statement_timeout = '8s';

    -- Who PostgREST logs in as, and becomes one of the three.
    create role authenticator login noinherit password 'authenticator';
    alter role authenticator set statement_timeout = '8s';
    alter role authenticator set lock_timeout = '8s';

    -- Who keeps the accounts.
    create role supabase_auth_admin login noinherit;

    grant anon, authenticated, service_role to authenticator;
    -- From 16 on CREATEROLE alone may not hand on a role it did not make, and Supabase gives `postgres` that right.
    select current_setting('server_version_num')::int >= 160000 as is_16_or_newer \gset
    \if :is_16_or_newer
        grant anon, authenticated, service_role to postgres with admin option;
    \else
        grant anon, authenticated, service_role to postgres;
    \endif
\endif

-- A database made from this one does not take this right over: it is its owner's, so `postgres` should be that.
select format('grant all on database %I to postgres', current_database()) \gexec
grant all on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role;

create schema if not exists extensions;
grant usage on schema extensions to postgres, anon, authenticated, service_role;
-- Those that this server has: the one from PyPI is built without OpenSSL, which they need.
select format('create extension if not exists %I schema extensions', name)
    from pg_available_extensions where name in ('pgcrypto', 'uuid-ossp') \gexec

-- What the API's roles may do with whatever `postgres` will make in `public`.
select :'auto_expose' = 'on' as is_exposed \gset
\if :is_exposed
    alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
\else
    alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
    alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;
    alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;
\endif

create schema if not exists auth authorization supabase_auth_admin;
grant usage on schema auth to postgres, anon, authenticated, service_role;

set role supabase_auth_admin;

create table if not exists auth.users (
    id uuid primary key,
    instance_id uuid,
    aud varchar(255),
    role varchar(255),
    email varchar(255),
    encrypted_password varchar(255),
    is_super_admin boolean,
    is_sso_user boolean not null default false,
    is_anonymous boolean not null default false,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    created_at timestamptz,
    updated_at timestamptz,
    email_confirmed_at timestamptz,
    last_sign_in_at timestamptz,
    banned_until timestamptz,
    deleted_at timestamptz
);
create unique index if not exists users_email_partial_key on auth.users (email) where not is_sso_user;
-- Without a policy: nobody of the API reads accounts.
alter table auth.users enable row level security;
grant select on auth.users to postgres with grant option;
grant insert, update, delete, references on auth.users to postgres;

-- A claim comes alone in a setting of its own (the older way, which wins), or in one object with all of them.
-- A setting that a transaction had set is empty afterwards, not gone: hence the nullif.
create or replace function auth.jwt() returns jsonb stable
    return coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), ''))::jsonb;
create or replace function auth.uid() returns uuid stable
    return coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
create or replace function auth.role() returns text stable
    return coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role');
create or replace function auth.email() returns text stable
    return coalesce(
        nullif(current_setting('request.jwt.claim.email', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email');

reset role;
reset client_min_messages;
