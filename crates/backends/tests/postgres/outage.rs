//! What a database says no to, and how that is said.

use std::net::TcpListener;

use stillroom_core::{BackendError, Result};

use crate::database::{Database, connect_to};
use crate::raw::ANA;
use crate::store::{Store, commit_of, noise, request};

fn store(database: &Database) -> Store {
    Store::of(database.connect("stillroom_test"), ANA)
}

fn message<T>(answer: Result<T>) -> String {
    answer.map(drop).unwrap_err().to_string()
}

#[test]
fn a_server_that_is_not_to_be_had_is_named() {
    let database = Database::direct(15);
    let url = database.url("stillroom_test");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let wrong_password = connect_to(&url.replace("of%20a%20test", "guess")).err().unwrap();
    let no_database = connect_to(&format!("{url}_nowhere")).err().unwrap();
    let no_server = connect_to(&database.url_by("stillroom_test", closed)).err().unwrap();
    let no_tls = connect_to(&format!("{url}?sslmode=require")).err().unwrap();

    assert!(matches!(wrong_password, BackendError::Unauthenticated { .. }), "{wrong_password:?}");
    assert!(matches!(no_database, BackendError::NoStore { .. }), "{no_database:?}");
    assert!(matches!(no_server, BackendError::Unavailable { .. }), "{no_server:?}");
    assert!(matches!(no_tls, BackendError::Unavailable { .. }), "{no_tls:?}");
    for error in [wrong_password, no_server, no_tls] {
        let told = format!("{error} {error:?}");
        assert!(!told.contains("guess") && !told.contains("of a test"), "{told}");
    }
}

#[test]
fn a_save_that_waits_too_long_for_another_is_given_up() {
    let database = Database::direct(15);
    let store = store(&database);
    store.save_small("a/b", b"before", request(1)).unwrap();
    let mut other = database.admin();
    other.batch_execute("begin; select from public.app_result_owners for update").unwrap();

    let late = store.save_small("a/b", b"late", request(2));

    assert!(matches!(late, Err(BackendError::Unavailable { .. })), "{late:?}");
    assert!(message(late).contains("time limit"));
    other.batch_execute("rollback").unwrap();
    assert_eq!(store.save_small("a/b", b"late", request(2)).unwrap(), 2);
}

#[test]
fn a_full_disk_leaves_things_as_they_were() {
    // A disk that is really full needs a file system of its own: here the last table of a save says that it is.
    const FULL: &str = "
        create function stillroom.disk_full() returns trigger language plpgsql as
            $$begin raise sqlstate '53100' using message = 'could not extend file'; end$$;
        create trigger disk_full before insert or update on public.app_results
            for each row execute function stillroom.disk_full();";
    let database = Database::direct(15);
    let store = store(&database);
    store.save_small("a/b", b"before", request(1)).unwrap();
    let rows = "select string_agg(v::text, '|') || (select string_agg(b::text, '|') from public.app_result_blobs b) \
        from public.app_result_versions v";
    let before: String = database.admin().query_one(rows, &[]).unwrap().get(0);
    database.admin().batch_execute(FULL).unwrap();

    let full = store.save_small("a/b", b"more", request(2));

    assert!(matches!(full, Err(BackendError::Full { .. })), "{full:?}");
    assert_eq!(database.admin().query_one(rows, &[]).unwrap().get::<_, String>(0), before);
}

#[test]
fn an_account_that_is_gone_while_it_saves_leaves_nothing() {
    for major in [15, 18] {
        let database = Database::direct(major);
        let store = store(&database);
        store.save_small("a/b", b"before", request(1)).unwrap();
        store.put(&noise(1, 300_000)).unwrap();
        let gone = "drop trigger test_account on public.app_result_owners; delete from auth.users";
        database.admin().batch_execute(gone).unwrap();

        let refused = store.commit(commit_of("a/b", &noise(1, 300_000)));

        assert!(matches!(refused, Err(BackendError::Unauthenticated { .. })), "{refused:?}");
        for table in ["app_result_owners", "app_results", "app_result_versions", "app_result_blobs"] {
            let count = format!("select count(*) from public.{table}");
            assert_eq!(database.admin().query_one(&count, &[]).unwrap().get::<_, i64>(0), 0, "{table}");
        }
    }
}

#[test]
fn a_policy_that_somebody_dropped_is_a_refusal_and_no_loss() {
    for table in
        ["public.app_results", "public.app_result_versions", "public.app_result_blobs", "stillroom.counters"]
    {
        let database = Database::direct(15);
        let store = store(&database);
        store.save_small("a/b", b"before", request(1)).unwrap();
        database.admin().batch_execute(&format!("drop policy kept on {table}")).unwrap();

        let refused = store.save_small("a/b", b"after", request(2));

        assert!(matches!(refused, Err(BackendError::Denied { .. })), "{table}: {refused:?}");
        assert!(message(refused).contains("doctor"), "{table}");
        let restored = format!(
            "create policy kept on {table} to stillroom_keeper using ((select auth.uid()) = user_id) \
             with check ((select auth.uid()) = user_id)"
        );
        database.admin().batch_execute(&restored).unwrap();
        assert_eq!(store.history("a/b").len(), 1, "{table}");
        store.assert_holds("a/b", b"before");
    }
}
