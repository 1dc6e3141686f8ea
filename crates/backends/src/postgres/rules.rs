//! What the database's own catalog says of rights: each rule a query for what breaks it.
//!
//! Everybody may read these catalogs, so the rules are asked by the very login that the app uses. They are asked
//! with an empty search path, which makes every name come out in full.

/// A rule of a database that keeps owners apart.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) gravity: Gravity,
    /// Said where nothing breaks it.
    pub(super) good: &'static str,
    /// What breaks it, and what puts that right, or null; a row each. [`COMMON`] goes before.
    pub(super) sql: &'static str,
}

/// What it means that a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    /// Somebody has rights that are not theirs, or lacks those that are.
    Rights,
    /// The database is set up otherwise than stillroom needs it.
    Setup,
    /// Results are safe.
    Care,
}

/// What the queries speak of: `ours`, the tables whose rows belong to owners; `watched`, whoever an app's visitors
/// and its login are to the database, and who answers for Supabase's API; `functions`, all of stillroom's.
pub(super) const COMMON: &str = r"
    with wanted(schema, name, is_forced, is_read) as (values
        ('public', 'app_result_owners', false, true), ('public', 'app_results', true, true),
        ('public', 'app_result_versions', true, true), ('public', 'app_result_blobs', true, true),
        ('public', 'app_result_leases', true, true), ('stillroom', 'counters', true, false),
        ('stillroom', 'recipe_values', true, false)
    ), ours as (
        select format('%I.%I', w.schema, w.name) as label, w.is_forced, w.is_read, t.*
        from wanted w left join (
            select c.oid, c.relowner, c.relrowsecurity, c.relforcerowsecurity, n.nspname, c.relname
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')
        ) t on t.nspname = w.schema and t.relname = w.name
    ), me as (
        select * from pg_roles where rolname = current_user
    ), watched as (
        select 0::oid as oid, 'public' as name
        union
        select r.oid, r.rolname from pg_roles r, me
        where r.rolname in ('anon', 'authenticated', 'service_role', 'stillroom_app')
            or (not me.rolsuper and pg_has_role(me.oid, r.oid, 'member'))
    ), functions as (
        select p.oid, p.oid::regprocedure::text as label, p.prosecdef, p.proowner, p.proconfig, p.proname,
            coalesce(p.proacl, acldefault('f', p.proowner)) as acl,
            n.nspname = 'public' or p.proname in ('annotate', 'delete', 'discard', 'history', 'lease', 'list', 'load',
                'missing', 'recode', 'rename', 'save', 'snapshot', 'sweep', 'undelete', 'usage',
                -- Asked by triggers, as whoever writes.
                'is_ours') as is_called
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'stillroom' or (n.nspname = 'public' and p.proname like 'stillroom\_%')
    ), policies as (
        select o.label, o.oid, p.polname as name, p.polcmd as cmd, p.polroles as roles,
            pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as checked
        from pg_policy p join ours o on o.oid = p.polrelid where p.polpermissive
    ), own(expression, is_slow) as (values
        ('(( SELECT auth.uid() AS uid) = user_id)', false), ('(user_id = ( SELECT auth.uid() AS uid))', false),
        ('(auth.uid() = user_id)', true), ('(user_id = auth.uid())', true)
    )";

/// The rules, in the order they are told.
pub(super) const RULES: [Rule; 11] = [
    Rule { name: "login", gravity: Gravity::Rights, good: "sees only what each owner may", sql: LOGIN },
    Rule {
        name: "row-level-security",
        gravity: Gravity::Rights,
        good: "on for every table, and forced where functions write",
        sql: ROW_LEVEL_SECURITY,
    },
    Rule {
        name: "policies",
        gravity: Gravity::Rights,
        good: "let each owner's own rows be seen, and no others",
        sql: POLICIES,
    },
    Rule {
        name: "policy-speed",
        gravity: Gravity::Care,
        good: "policies ask once per query who it is for",
        sql: SPEED,
    },
    Rule {
        name: "grants",
        gravity: Gravity::Rights,
        good: "apps read, and write what the recipe wrote; the rest is written by functions",
        sql: GRANTS,
    },
    Rule {
        name: "execute",
        gravity: Gravity::Rights,
        good: "each function is run by those it is for",
        sql: EXECUTE,
    },
    Rule {
        name: "function-owners",
        gravity: Gravity::Rights,
        good: "what works with its owner's rights is the keeper's",
        sql: FUNCTION_OWNERS,
    },
    Rule { name: "search-path", gravity: Gravity::Setup, good: "set for every function", sql: SEARCH_PATH },
    Rule {
        name: "keeper",
        gravity: Gravity::Rights,
        good: "stillroom_keeper is bound by the policies as well",
        sql: KEEPER,
    },
    Rule { name: "columns", gravity: Gravity::Setup, good: "every row has an owner", sql: COLUMNS },
    Rule {
        name: "accounts",
        gravity: Gravity::Care,
        good: "what belongs to a deleted account goes with it, where there are accounts",
        sql: ACCOUNTS,
    },
];

const LOGIN: &str = "
    select format(case when r.oid = me.oid then '%1$I passes by row-level security'
        else '%1$I can become %2$I, which passes by row-level security' end, me.rolname, r.rolname), null
    from me, pg_roles r
    where (r.rolsuper or r.rolbypassrls)
        and (r.oid = me.oid or (not me.rolsuper and pg_has_role(me.oid, r.oid, 'member')))
    union all
    select format('%I can become %I, which %s', me.rolname, r.rolname, r.what), null
    from me, (
        select oid, rolname, 'writes for every owner' as what from pg_roles where rolname = 'stillroom_keeper'
        union all
        select distinct r.oid, r.rolname, 'owns the tables' from ours o join pg_roles r on r.oid = o.relowner
        union all
        select oid, rolname, 'reaches the server''s files' from pg_roles
        where rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
    ) r
    where not me.rolsuper and not me.rolbypassrls and pg_has_role(me.oid, r.oid, 'member')
    union all
    select format('%I may make roles, and give itself their rights', rolname),
        format('alter role %I nocreaterole', rolname)
    from me where rolcreaterole and not rolsuper
    union all
    select format('%I may replicate, which reads every row', rolname), format('alter role %I noreplication', rolname)
    from me where rolreplication and not rolsuper
    union all
    select format('%I is in neither stillroom_app nor authenticated, so it may do nothing', me.rolname),
        format('grant stillroom_app to %I', me.rolname)
    from me where not exists (
        select from pg_roles r where r.rolname in ('stillroom_app', 'authenticated')
            and pg_has_role(me.oid, r.oid, 'member'))";

const ROW_LEVEL_SECURITY: &str = "
    select format('there is no table %s', label), null from ours where oid is null
    union all
    select format('row-level security is off for %s', label), format('alter table %s enable row level security', label)
    from ours where not relrowsecurity
    union all
    select format('row-level security is not forced for %s', label), format('alter table %s force row level security', label)
    from ours where is_forced and not relforcerowsecurity";

pub(super) const POLICIES: &str = "
    select format('the policy %I on %s is not about own rows: %s', name, label,
            coalesce(nullif(qual, 'null'), checked)), format('drop policy %I on %s', name, label)
    from policies
    where qual not in (select expression from own) or checked not in (select expression from own)
    union all
    select format('the policy %I on %s hides rows from the functions that keep them', p.polname, o.label),
        format('drop policy %I on %s', p.polname, o.label)
    from pg_policy p join ours o on o.oid = p.polrelid
    where not p.polpermissive and (0 = any (p.polroles) or 'stillroom_keeper'::regrole = any (p.polroles))
    union all
    select format('no policy lets %I read its rows of %s', r.rolname, o.label), format(
        'create policy own_%s on %s for select to %1$I using ((select auth.uid()) = user_id)', r.rolname, o.label)
    from ours o, pg_roles r
    where o.oid is not null and o.is_read and r.rolname in ('authenticated', 'stillroom_app') and not exists (
        select from policies p where p.oid = o.oid and p.cmd in ('r', '*') and (r.oid = any (p.roles) or 0 = any (p.roles)))
    union all
    select format('no policy lets stillroom_keeper keep the rows of %s', o.label), format(
        'create policy kept on %s to stillroom_keeper using ((select auth.uid()) = user_id) '
        'with check ((select auth.uid()) = user_id)', o.label)
    from ours o, pg_roles r
    where o.oid is not null and r.rolname = 'stillroom_keeper' and exists (
        select from unnest(array['r', 'a', 'w', 'd']) verb where not exists (
            select from policies p where p.oid = o.oid and p.cmd::text in (verb, '*') and r.oid = any (p.roles)))";

const SPEED: &str = "
    select format('the policy %I on %s asks for every row whose it is', name, label), format('alter policy %I on %s%s%s', name, label,
        case when qual is not null then ' using ((select auth.uid()) = user_id)' end,
        case when checked is not null then ' with check ((select auth.uid()) = user_id)' end)
    from policies
    where qual in (select expression from own where is_slow)
        or checked in (select expression from own where is_slow)";

const GRANTS: &str = "
    select format('%s may %s%s %s', w.name, lower(a.privilege_type), t.part, t.label),
        format('revoke %s%s on %s from %s', lower(a.privilege_type), t.part, t.label, quote_ident(w.name))
    from (
        select c.oid, format('%I.%I', n.nspname, c.relname) as label, c.relowner, c.relacl as acl,
            '' as part, coalesce(o.is_read, c.relname = 'migrations') as is_read
        from pg_class c join pg_namespace n on n.oid = c.relnamespace left join ours o on o.oid = c.oid
        where c.relkind in ('r', 'p', 'v', 'm', 'S') and (n.nspname = 'stillroom' or o.oid is not null)
        union all
        select c.oid, o.label, c.relowner, a.attacl, format(' (%I)', a.attname), o.is_read
        from ours o join pg_class c on c.oid = o.oid join pg_attribute a on a.attrelid = c.oid
    ) t cross join lateral aclexplode(t.acl) a join watched w on w.oid = a.grantee
    where a.grantee <> t.relowner and w.name <> 'stillroom_keeper'
        and not (w.name in ('authenticated', 'stillroom_app') and (
            (t.is_read and a.privilege_type = 'SELECT')
            -- What the recipe's own apps write.
            or (t.label = 'public.app_results' and (a.privilege_type = 'DELETE' or (
                a.privilege_type in ('INSERT', 'UPDATE')
                and t.part in (' (user_id)', ' (page_key)', ' (result_key)', ' (result_data)', ' (metadata)'))))))
    union all
    select format('%s may create in the schema stillroom', w.name),
        format('revoke create on schema stillroom from %s', quote_ident(w.name))
    from pg_namespace n cross join lateral aclexplode(n.nspacl) a join watched w on w.oid = a.grantee
    where n.nspname = 'stillroom' and a.privilege_type = 'CREATE' and a.grantee <> n.nspowner
        and w.name <> 'stillroom_keeper'
    union all
    select format('%I may not %s %s', r.rolname, verb, o.label), format('grant %s on %s to %I', verb, o.label, r.rolname)
    from ours o, pg_roles r, unnest(array['select', 'insert', 'update', 'delete']) verb
    where o.oid is not null and not has_table_privilege(r.oid, o.oid, verb)
        and (r.rolname = 'stillroom_keeper'
            or (r.rolname in ('authenticated', 'stillroom_app') and o.is_read and verb = 'select'))";

const EXECUTE: &str = "
    select format('%s may run %s', w.name, f.label),
        format('revoke execute on function %s from %s', f.label, quote_ident(w.name))
    from functions f cross join lateral aclexplode(f.acl) a join watched w on w.oid = a.grantee
    where a.grantee <> f.proowner and w.name <> 'stillroom_keeper'
        and not (f.is_called and w.name in ('authenticated', 'stillroom_app'))
    union all
    select format('%I may not run %s', r.rolname, f.label), format('grant execute on function %s to %I', f.label, r.rolname)
    from functions f, pg_roles r
    where f.is_called and r.rolname in ('authenticated', 'stillroom_app')
        and not has_function_privilege(r.oid, f.oid, 'execute')";

const FUNCTION_OWNERS: &str = "
    select format('%s works with the rights of %I', f.label, r.rolname),
        format('alter function %s owner to stillroom_keeper', f.label)
    from functions f join pg_roles r on r.oid = f.proowner
    where f.prosecdef and r.rolname <> 'stillroom_keeper'";

const SEARCH_PATH: &str = r#"
    select format('%s looks for names elsewhere than in the system''s own schema', label),
        format('alter function %s set search_path = pg_catalog, pg_temp', label)
    from functions
    where not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false)"#;

const KEEPER: &str = "
    select format('stillroom_keeper passes by row-level security%s',
            case when r.rolname <> k.rolname then format(' as a member of %I', r.rolname) end),
        case when r.rolname <> k.rolname then format('revoke %I from stillroom_keeper', r.rolname)
            else 'alter role stillroom_keeper nosuperuser nobypassrls' end
    from pg_roles k, pg_roles r
    where k.rolname = 'stillroom_keeper' and (r.rolsuper or r.rolbypassrls)
        and (r.oid = k.oid or (not k.rolsuper and pg_has_role(k.oid, r.oid, 'member')))
    union all
    select format('stillroom_keeper can become %I, which owns tables of results', r.rolname),
        format('revoke %I from stillroom_keeper', r.rolname)
    from pg_roles k, pg_roles r
    where k.rolname = 'stillroom_keeper' and not k.rolsuper and r.oid in (select relowner from ours)
        and pg_has_role(k.oid, r.oid, 'member')
    union all
    select 'stillroom_keeper may log in', 'alter role stillroom_keeper nologin'
    from pg_roles where rolname = 'stillroom_keeper' and rolcanlogin";

const COLUMNS: &str = r"
    select format('%s may hold rows of nobody', o.label), format('alter table %s alter column user_id set not null', o.label)
    from ours o left join pg_attribute a on a.attrelid = o.oid and a.attname = 'user_id'
    where o.oid is not null and not coalesce(a.attnotnull, false)";

const ACCOUNTS: &str = "
    select 'results of a deleted account stay: app_result_owners does not refer to auth.users',
        'alter table public.app_result_owners add foreign key (user_id) references auth.users (id) on delete cascade'
    from ours o, pg_class u join pg_namespace n on n.oid = u.relnamespace
    where o.label = 'public.app_result_owners' and o.oid is not null and n.nspname = 'auth' and u.relname = 'users'
        and not exists (
            select from pg_constraint f
            where f.contype = 'f' and f.conrelid = o.oid and f.confrelid = u.oid and f.confdeltype = 'c')";
