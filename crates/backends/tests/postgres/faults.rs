//! A save whose connection is cut, or whose server is killed, at places spread over all that it sends and hears.
//!
//! One whose connection is cut is done all the same, and is one version. Where the server stays away it fails;
//! afterwards nothing that was acknowledged is lost, nothing is there by half, the save repeated under its request id
//! is one version, and the store goes on by itself.

use stillroom_core::{BackendError, RequestId, Result, poll_now};

use crate::database::{Database, connect_to};
use crate::proxy::{Proxy, Way};
use crate::raw::ANA;
use crate::store::{Store, blobs, commit_of, key, noise, request};

const CUTS: u64 = 50;
const KILLS: u64 = 10;

/// A way to save.
type Save = fn(&Store, &str, &[u8], RequestId) -> Result<u64>;
/// Blobs that are put first, and blobs that come along.
const SAVES: [(Save, usize); 2] = [(Store::save_large, 300_000), (Store::save_small, 5_000)];

/// A store behind a proxy, and one that nothing is between.
struct Pair {
    proxy: Proxy,
    store: Store,
    plain: Store,
}

impl Pair {
    fn of(database: &Database) -> Self {
        let proxy = Proxy::before(database.server().port);
        let backend = connect_to(&database.url_by("stillroom_test", proxy.port)).unwrap();
        let plain = database.connect("stillroom_test");
        Self { proxy, store: Store::of(backend, ANA), plain: Store::of(plain, ANA) }
    }

    /// How many bytes a save sends and hears: as many as any other whose place is as long.
    fn measure(&self, save: Save, len: usize) -> [u64; 2] {
        // The first of a connection asks for more.
        save(&self.store, "cut/001", &noise(1, len), request(len as u64)).unwrap();
        self.proxy.passed();
        save(&self.store, "cut/002", &noise(2, len), request(len as u64 + 1)).unwrap();
        self.proxy.passed()
    }

    /// Saves what was cut again, and holds the store to all it promises.
    fn assert_recovers(&self, at: &str, value: &[u8], save: Save, id: RequestId) {
        let found = self.plain.history(at).len();
        assert!(found <= 1, "{at}: {found}");
        self.plain.assert_holds(at, value);

        let version = save(&self.store, at, value, id).unwrap();

        assert_eq!(version, 1, "{at}");
        assert_eq!(self.plain.history(at).len(), 1, "{at}: a retry is the same version");
        self.plain.assert_holds(at, value);
        self.store.assert_holds(at, value);
    }
}

/// Places all over `len` bytes, the first and the last among them.
fn places(len: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| 1 + n * (len - 1) / (count - 1))
}

#[test]
fn a_save_that_is_cut_off_anywhere_is_done_and_is_one_version() {
    let database = Database::direct(15);
    let pair = Pair::of(&database);
    let mut cut = 0;
    for (save, len) in SAVES {
        let sent = pair.measure(save, len);
        for (way, len_of_way) in [(Way::ToServer, sent[0]), (Way::ToClient, sent[1])] {
            for place in places(len_of_way, CUTS / 4 + 1) {
                cut += 1;
                let (at, value) = (format!("cut/{}", 100 + cut), noise(100 + cut, len));
                pair.proxy.cut_at(way, place, || ());

                let answer = save(&pair.store, &at, &value, request(100 + cut));

                assert!(matches!(answer, Ok(1)), "{way:?} {place}: {answer:?}");
                assert!(pair.proxy.was_cut(), "{way:?} {place}");
                pair.assert_recovers(&at, &value, save, request(100 + cut));
            }
        }
    }
    assert!(cut >= CUTS, "{cut}");
}

#[test]
fn a_connection_that_is_cut_costs_a_load_nothing_but_time() {
    let database = Database::direct(15);
    let pair = Pair::of(&database);
    let value = noise(1, 300_000);
    pair.plain.save_large("cut/001", &value, request(1)).unwrap();
    pair.store.assert_holds("cut/001", &value);
    pair.proxy.passed();
    pair.store.assert_holds("cut/001", &value);
    let [sent, heard] = pair.proxy.passed();

    for (way, len) in [(Way::ToServer, sent), (Way::ToClient, heard)] {
        for place in places(len, 4) {
            pair.proxy.cut_at(way, place, || ());
            pair.store.assert_holds("cut/001", &value);
            assert!(pair.proxy.was_cut(), "{way:?} {place}");
        }
    }
}

#[test]
fn a_server_that_was_started_again_between_two_calls_is_noticed_by_none() {
    let database = Database::alone(15);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    let value = noise(1, 300_000);
    for (id, how) in [(1, "stop"), (3, "kill")] {
        store.save_large("a/b", &value, request(id)).unwrap();
        database.server().tell(how);
        database.server().tell("start");

        // Each is the first to be asked of a server that no connection leads to any more.
        store.assert_holds("a/b", &value);
        database.server().tell(how);
        database.server().tell("start");
        store.save_small("a/c", &noise(id, 5_000), request(id + 1)).unwrap();
        database.server().tell(how);
        database.server().tell("start");
        assert_eq!(poll_now(store.backend.catalog.delete(&store.who, &key("a/c"), None)).unwrap().len(), 1);
    }
}

#[test]
fn a_call_that_another_was_in_the_way_of_is_made_again() {
    // The first two that come by are told so.
    const IN_THE_WAY: &str = "
        create sequence stillroom.test_calls;
        grant usage on sequence stillroom.test_calls to public;
        create function stillroom.test_in_the_way() returns trigger language plpgsql as
            $$begin
                if nextval('stillroom.test_calls') in (1, 2) then raise sqlstate '40001'; end if;
                return new;
            end$$;
        create trigger in_the_way before insert or update on public.app_result_versions
            for each row execute function stillroom.test_in_the_way();";
    let database = Database::direct(15);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    store.save_small("a/b", b"before", request(1)).unwrap();
    database.admin().batch_execute(IN_THE_WAY).unwrap();

    assert_eq!(store.save_small("a/b", b"after", request(2)).unwrap(), 2);

    database.admin().batch_execute("alter sequence stillroom.test_calls restart").unwrap();
    // What was undone may be any call.
    assert_eq!(poll_now(store.backend.catalog.delete(&store.who, &key("a/b"), None)).unwrap().len(), 2);
    let calls: i64 =
        database.admin().query_one("select last_value from stillroom.test_calls", &[]).unwrap().get(0);
    assert!(calls > 2, "{calls}");
}

#[test]
fn a_save_whose_server_is_killed_anywhere_is_there_or_not_and_can_be_repeated() {
    let database = Database::alone(15);
    let pair = Pair::of(&database);
    let mut kills = 0;
    for (save, len) in SAVES {
        let sent = pair.measure(save, len);
        for (way, len_of_way) in [(Way::ToServer, sent[0]), (Way::ToClient, sent[1])] {
            for place in places(len_of_way, KILLS / 4 + 1) {
                kills += 1;
                let (at, value) = (format!("cut/{}", 100 + kills), noise(100 + kills, len));
                let server = database.server();
                let how = if kills % 2 == 0 { "kill" } else { "stop" };
                pair.proxy.cut_at(way, place, move || server.tell(how));

                let answer = save(&pair.store, &at, &value, request(100 + kills));

                assert!(
                    matches!(answer, Err(BackendError::Unavailable { .. })),
                    "{way:?} {place}: {answer:?}"
                );
                let answer = save(&pair.store, &at, &value, request(100 + kills));
                assert!(
                    matches!(answer, Err(BackendError::Unavailable { .. })),
                    "while it is away: {answer:?}"
                );
                server.tell("start");
                pair.assert_recovers(&at, &value, save, request(100 + kills));
            }
        }
    }
    assert!(kills >= KILLS, "{kills}");
    for kill in 1..=kills {
        assert_eq!(
            pair.plain.history(&format!("cut/{}", 100 + kill)).len(),
            1,
            "what was acknowledged stays"
        );
    }
}

#[test]
fn a_connection_lost_between_the_blobs_and_the_record_costs_no_byte_twice() {
    let database = Database::direct(18);
    let pair = Pair::of(&database);
    let value = noise(3, 300_000);
    pair.store.put(&value).unwrap();
    pair.proxy.cut_at(Way::ToServer, 1, || ());
    let lost = pair.store.commit(commit_of("a/b", &value));
    assert!(matches!(lost, Err(BackendError::Unavailable { .. })), "{lost:?}");
    assert!(pair.plain.history("a/b").is_empty());

    let digests: Vec<_> = blobs(&value).iter().map(|blob| blob.digest).collect();
    let missing = poll_now(pair.store.backend.blobs.missing(&pair.store.who, &digests)).unwrap();

    assert_eq!(missing, []);
    pair.store.commit(commit_of("a/b", &value)).unwrap();
    pair.plain.assert_holds("a/b", &value);
}
