//! A database that an app of the recipe has filled: what becomes of its rows. Apps of the recipe that go on writing
//! are in `writers.rs`.

use postgres::Client;
use stillroom_core::conformance::Subject;
use stillroom_core::{
    BackendError, ListRange, Owner, Principal, ResultKey, Scope, Stored, Sweep, Version, poll_now,
};
use uuid::Uuid;

use crate::database::Database;
use crate::writers::upsert;

/// The table as the recipe says to make it.
const TABLE: &str = r#"
    CREATE TABLE app_results (
      id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      created_at TIMESTAMPTZ DEFAULT NOW() NOT NULL,
      user_id UUID REFERENCES auth.users(id) ON DELETE CASCADE,
      page_key TEXT NOT NULL,
      result_key TEXT NOT NULL,
      result_data JSONB NOT NULL,
      metadata JSONB
    );
    CREATE UNIQUE INDEX ON app_results (user_id, page_key, result_key);
    ALTER TABLE app_results ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "Users can manage their own results"
    ON app_results FOR ALL
    USING (auth.uid() = user_id)
    WITH CHECK (auth.uid() = user_id);
"#;
pub(crate) const MAJORS: [u16; 2] = [15, 18];
const ROWS: usize = 1_000;
const OWNERS: u128 = 7;

pub(crate) fn owner(number: u128) -> Owner {
    Owner::new(Uuid::from_u128(number))
}

pub(crate) fn key(page: &str, key: &str) -> ResultKey {
    ResultKey::parse(page, key).unwrap()
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A row of the recipe's table, its JSON as the database writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: i64,
    owner: Option<String>,
    page: String,
    key: String,
    data: String,
    metadata: Option<String>,
    created_at: i64,
}

fn rows(client: &mut Client, table: &str) -> Vec<Row> {
    let ask = format!(
        "select id, user_id::text, page_key, result_key, result_data::text, metadata::text, \
         (extract(epoch from created_at) * 1000000)::bigint from {table} order by id"
    );
    let row = |row: &postgres::Row| Row {
        id: row.get(0),
        owner: row.get(1),
        page: row.get(2),
        key: row.get(3),
        data: row.get(4),
        metadata: row.get(5),
        created_at: row.get(6),
    };
    client.query(&ask, &[]).unwrap().iter().map(row).collect()
}

fn insert(
    client: &mut Client,
    owner: Option<Owner>,
    place: (&str, &str),
    data: &str,
    metadata: Option<&str>,
) {
    let owner = owner.map(|owner| owner.id());
    let insert = "insert into app_results (user_id, page_key, result_key, result_data, metadata, created_at) \
                  select $1::text::uuid, $2, $3, $4::text::jsonb, $5::text::jsonb, \
                  timestamptz '2025-03-01 12:00:00.000001Z' + (random() * 1e7)::int * interval '1 second'";
    let owner = owner.map(|owner| owner.to_string());
    client.execute(insert, &[&owner, &place.0, &place.1, &data, &metadata]).unwrap();
}

pub(crate) fn accounts(client: &mut Client) {
    let make = "insert into auth.users (id) select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid \
                from generate_series(1, 9) n";
    client.execute(make, &[]).unwrap();
}

/// Rows of every awkward kind, under names that are awkward too.
fn fill(client: &mut Client) {
    client.batch_execute(TABLE).unwrap();
    client.batch_execute("alter table app_results drop constraint app_results_user_id_fkey").unwrap();
    accounts(client);
    let huge = format!(r#"{{"curve": [{}0.5]}}"#, "0.123456789012345, ".repeat(150_000));
    let values = [
        quoted(r#"{"rmse": 0.5, "b": 1, "a": [1, 2.0, null, true]}"#),
        quoted(r#"{"auc": NaN, "lo": -Infinity, "hi": Infinity, "z": -0.0}"#),
        quoted(r#"{"x": "\u0000 \ud800 \ud83d\ude00", "1": 1, "1": 2}"#),
        quoted(r#"{"__type__": "dataframe", "data": "{\"columns\":[\"a\"],\"index\":[0],\"data\":[[1]]}"}"#),
        quoted("null"),
        quoted("123456789012345678901234567890"),
        quoted("a text that is no JSON"),
        quoted("[\"\u{241b}0\", \"\u{241b}\"]"),
        quoted(r#""a \"quoted\" text""#),
        r#"{"real": {"json": [1, 2, 3]}, "1e2": 1e2, "n": 12345678901234567890.5}"#.to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "0".to_owned(),
        r#""""#.to_owned(),
    ];
    let metadatas = [
        None,
        Some("null"),
        Some(r#""a text""#),
        Some("[1, 2]"),
        Some(r#"{"saved_at": "2025-03-01T12:00:00", "data_type": "<class 'dict'>"}"#),
    ];
    let pages = ["Train Models", "Sé\u{301}ite \u{1f4be}", "it's \"quoted\" % _ \\", "ملف", "a\u{2028}b/c"];
    for number in 0..ROWS - 40 {
        let place = (pages[number % pages.len()], format!("key {}", number / 91));
        let place = (place.0, format!("{}{}", place.1, "'\"".repeat(number % 3)));
        let owner = owner(1 + number as u128 % OWNERS);
        let exists = client
            .query(
                "select 1 from app_results where user_id::text = $1 and page_key = $2 and result_key = $3",
                &[&owner.to_string(), &place.0, &place.1],
            )
            .unwrap();
        let key = if exists.is_empty() { place.1 } else { format!("{} {number}", place.1) };
        let (data, metadata) = (&values[number % values.len()], metadatas[number % metadatas.len()]);
        insert(client, Some(owner), (place.0, &key), data, metadata);
    }
    insert(client, Some(owner(1)), ("p", "huge text"), &quoted(&huge), None);
    insert(client, Some(owner(1)), ("p", "huge JSON"), &huge, None);
    let long = format!(r#"{{"log": "{}"}}"#, "x".repeat(100_000));
    insert(client, Some(owner(1)), ("p", "long metadata"), "1", Some(&long));
    insert(client, Some(owner(1)), (&"é".repeat(256), "longest name"), "1", None);
    // Those that nobody could ask for, and one who has no other page.
    for (number, data) in values.iter().take(10).enumerate() {
        let name = format!("key {number}");
        insert(client, None, ("p", "same"), data, None);
        insert(client, Some(owner(77)), ("p", &name), data, None);
        insert(client, Some(owner(9)), ("of another", &name), data, None);
    }
    let no_names =
        [("", "k"), ("p", ""), ("p", "a\nb"), ("p\u{85}", "k"), (&"é".repeat(257), "k"), ("p", "\u{1}")];
    no_names.into_iter().for_each(|place| insert(client, Some(owner(2)), place, "1", None));
}

fn root(stored: &Stored) -> &str {
    std::str::from_utf8(&stored.root).unwrap()
}

pub(crate) fn get(
    database: &Database,
    who: Owner,
    place: &ResultKey,
    version: Option<u64>,
) -> Result<Stored, BackendError> {
    let version = version.map(|version| Version::new(version).unwrap());
    poll_now(database.backend().catalog.get(&Principal::local(who), place, version))
}

#[test]
fn every_row_of_the_recipes_table_is_kept_and_read_as_before() {
    for major in MAJORS {
        let mut before = Vec::new();
        let database = Database::upgraded(major, |client| {
            fill(client);
            before = rows(client, "app_results");
        });
        assert!(before.len() >= ROWS - 10, "{}", before.len());
        let mut admin = database.admin();

        let after = rows(&mut admin, "public.app_results");
        let orphans = rows(&mut admin, "stillroom.recipe_orphans");

        // Zero lost, none changed.
        let mut all = [after.clone(), orphans.clone()].concat();
        all.sort_by_key(|row| row.id);
        assert_eq!(all, before);
        assert_eq!(orphans.len(), 26);
        for row in &after {
            let who = Owner::new(row.owner.as_ref().unwrap().parse().unwrap());
            let stored = get(&database, who, &key(&row.page, &row.key), None).unwrap();
            let record = &stored.record;
            assert_eq!((root(&stored), stored.is_recipe), (row.data.as_str(), true));
            assert_eq!((record.version, record.kind.as_str()), (Version::FIRST, "seed-json"));
            serde_json::from_str::<serde_json::Value>(&record.summary).unwrap();
            assert!(!record.summary.contains('\0'));
            assert_eq!((record.created_at.0, record.bytes), (row.created_at, row.data.len() as u64));
            let kept = row.metadata.clone().filter(|metadata| metadata.len() <= 65_536);
            assert_eq!(record.metadata.as_deref(), kept.as_deref().map(str::as_bytes));
        }
        for number in (1..=OWNERS).chain([9]) {
            let who = owner(number);
            let of_owner: Vec<_> =
                after.iter().filter(|row| row.owner.as_deref() == Some(&who.to_string())).collect();
            // The recipe's own question, asked as the API asks it.
            let mut api = database.signed_in(who);
            for page in ["Train Models", "p"] {
                let ask =
                    "select result_key, result_data::text from app_results where page_key = $1 order by id";
                let told = api.query(ask, &[&page]).unwrap();
                let told: Vec<(String, String)> = told.iter().map(|row| (row.get(0), row.get(1))).collect();
                let kept = of_owner.iter().filter(|row| row.page == page);
                assert_eq!(told, kept.map(|row| (row.key.clone(), row.data.clone())).collect::<Vec<_>>());
            }
            let catalog = &database.backend().catalog;
            let listed =
                poll_now(catalog.list(&Principal::local(who), ListRange::default())).unwrap().records;
            assert_eq!(listed.len(), of_owner.len());
            assert!(listed.iter().all(|record| !record.is_damaged));
            let snapshot = poll_now(catalog.snapshot(&Principal::local(who), &Scope::All)).unwrap();
            assert!(snapshot.iter().all(|stored| stored.is_recipe && !stored.root.is_empty()));
            assert_eq!(snapshot.len(), of_owner.len());
            let usage = poll_now(catalog.usage(&Principal::local(who))).unwrap();
            let bytes = of_owner.iter().map(|row| row.data.len() as u64).sum::<u64>();
            assert_eq!(
                (usage.versions, usage.stored_bytes, usage.value_bytes),
                (of_owner.len() as u64, bytes, bytes)
            );
        }
        assert_eq!(
            why_orphaned(&mut admin),
            [
                ("it has no owner".to_owned(), 10),
                ("its account is gone".to_owned(), 10),
                ("its page or key is no name".to_owned(), 6),
            ]
        );
    }
}

fn why_orphaned(client: &mut Client) -> Vec<(String, i64)> {
    let ask = "select orphaned_because, count(*) from stillroom.recipe_orphans group by 1 order by 1";
    client.query(ask, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn orphans_are_read_by_whoever_migrated_and_by_nobody_else() {
    let database = Database::upgraded(15, |client| {
        client.batch_execute(TABLE).unwrap();
        insert(client, None, ("p", "k"), "1", None);
    });
    let mut admin = database.admin();

    admin.batch_execute("set role postgres").unwrap();
    assert_eq!(admin.query("select * from stillroom.recipe_orphans", &[]).unwrap().len(), 1);
    for role in ["authenticated", "stillroom_app", "anon", "service_role", "stillroom_keeper"] {
        admin.batch_execute(&format!("reset role; set role {role}")).unwrap();
        let refused = admin.query("select * from stillroom.recipe_orphans", &[]).unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501", "{role}");
    }
}

#[test]
fn an_empty_table_of_the_recipe_leaves_nothing_but_its_id() {
    for major in MAJORS {
        let database = Database::upgraded(major, |client| client.batch_execute(TABLE).unwrap());
        let mut admin = database.admin();

        let there = "select to_regclass('stillroom.recipe_results') is null, \
                     to_regclass('stillroom.recipe_orphans') is null, (select count(*) from public.app_results)";
        let row = admin.query_one(there, &[]).unwrap();

        assert_eq!((row.get(0), row.get(1), row.get(2)), (true, true, 0i64));
        admin.batch_execute("select id from public.app_results").unwrap();
    }
}

#[test]
fn what_others_added_to_the_table_is_kept_and_several_rows_of_a_result_are_its_versions() {
    for major in MAJORS {
        let database = Database::upgraded(major, |client| {
            accounts(client);
            client
                .batch_execute(
                    "create table app_results (id uuid default gen_random_uuid(), user_id uuid, page_key varchar(80),
                         result_key text, result_data json, note text, created_at timestamp);
                     create view of_one as select * from app_results;
                     insert into app_results (user_id, page_key, result_key, result_data, note, created_at) values
                         ('00000000-0000-0000-0000-000000000001', 'p', 'k', '{\"n\":  3}', 'c', '2025-01-03'),
                         ('00000000-0000-0000-0000-000000000001', 'p', 'k', '{\"n\":  1}', 'a', '2025-01-01'),
                         ('00000000-0000-0000-0000-000000000001', 'p', 'k', '{\"n\":  2}', 'b', '2025-01-02'),
                         ('00000000-0000-0000-0000-000000000001', 'p', null, '1', 'd', null),
                         ('00000000-0000-0000-0000-000000000001', 'p', 'l', null, 'e', null)",
                )
                .unwrap();
        });
        let mut admin = database.admin();

        let history =
            poll_now(database.backend().catalog.history(&Principal::local(owner(1)), &key("p", "k"), None));
        let versions: Vec<_> = history.unwrap().records.iter().map(|record| record.version.get()).collect();

        assert_eq!(versions, [3, 2, 1]);
        for version in 1..=3 {
            let stored = get(&database, owner(1), &key("p", "k"), Some(version)).unwrap();
            assert_eq!(root(&stored), format!(r#"{{"n": {version}}}"#));
        }
        let more = "select more ->> 'note' from stillroom.recipe_values order by version";
        let notes: Vec<String> = admin.query(more, &[]).unwrap().iter().map(|row| row.get(0)).collect();
        assert_eq!(notes, ["a", "b", "c"]);
        assert_eq!(
            why_orphaned(&mut admin),
            [("it has no value".to_owned(), 1), ("its page or key is no name".to_owned(), 1),]
        );
        // Whoever reads the view still does.
        assert_eq!(admin.query("select * from of_one", &[]).unwrap().len(), 5);
    }
}

#[test]
fn a_table_that_is_not_the_recipes_is_left_as_it_is() {
    let refused = Database::try_upgraded(15, |client| {
        client.batch_execute("create table app_results (user_id uuid, n int)").unwrap();
    });

    let error = refused.err().unwrap();
    assert!(matches!(error, BackendError::Invalid { .. }));
    assert!(error.to_string().contains("no column page_key"), "{error}");
}

#[test]
fn a_keeper_whom_policies_bind_loses_no_row() {
    let database = Database::upgraded_plain(|client| {
        client
            .batch_execute(
                "create table app_results (id bigserial primary key, user_id uuid, page_key text, result_key text,
                     result_data jsonb, metadata jsonb, created_at timestamptz default now());
                 insert into app_results (user_id, page_key, result_key, result_data)
                     select '00000000-0000-0000-0000-000000000001', 'p', n::text, to_jsonb(n) from generate_series(1, 50) n;
                 insert into app_results (user_id, page_key, result_key, result_data) values (null, 'p', 'k', '1');
                 alter table app_results enable row level security;
                 alter table app_results force row level security",
            )
            .unwrap();
    });

    let listed = poll_now(database.backend().catalog.list(&Principal::local(owner(1)), ListRange::default()));

    assert_eq!(listed.unwrap().records.len(), 50);
    assert_eq!(counted(&database, owner(1)).0, 50);
    assert_eq!(why_orphaned(&mut database.admin()), [("it has no owner".to_owned(), 1)]);
    let forced = "select count(*) from pg_class where relforcerowsecurity and relname in
        ('app_results', 'app_result_versions', 'counters', 'recipe_values')";
    assert_eq!(database.admin().query_one(forced, &[]).unwrap().get::<_, i64>(0), 4);
    let mut api = database.signed_in(owner(1));
    assert_eq!(upsert(&mut api, owner(1), ("p", "7"), "1").unwrap(), 2);
    let id = api.query_one("select id from app_results where result_key = '7'", &[]).unwrap();
    assert_eq!(id.get::<_, i64>(0), 7);
    upsert(&mut api, owner(1), ("p", "new"), "1").unwrap();
    let id: i64 = api.query_one("select id from app_results where result_key = 'new'", &[]).unwrap().get(0);
    assert!(id > 51);
}

pub(crate) fn counted(database: &Database, who: Owner) -> (i64, i64, i64) {
    let ask = "select versions, bytes, record_bytes from public.app_result_owners where user_id::text = $1";
    let row = database.admin().query_one(ask, &[&who.to_string()]).unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[test]
fn what_was_brought_over_is_counted_and_goes_with_its_owner() {
    let database = Database::upgraded(18, fill);
    let who = owner(1);

    database.signed_in(who).execute("delete from app_results where true", &[]).unwrap();
    poll_now(database.backend().catalog.sweep(&Principal::local(who), Sweep::default())).unwrap();

    let counters = "select sum(128 + 2 * (octet_length(page_key) + octet_length(result_key)))::bigint
        from stillroom.counters where user_id::text = $1";
    let counters = database.admin().query_one(counters, &[&who.to_string()]).unwrap().get(0);
    assert_eq!(counted(&database, who), (0, 0, counters), "counters stay");
    let gone =
        database.admin().execute("delete from auth.users where id::text = $1", &[&owner(2).to_string()]);
    assert_eq!(gone.unwrap(), 1);
    let left = "select count(*) from public.app_result_versions where user_id::text = $1";
    assert_eq!(database.admin().query_one(left, &[&owner(2).to_string()]).unwrap().get::<_, i64>(0), 0);
}
