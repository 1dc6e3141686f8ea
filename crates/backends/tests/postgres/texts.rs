//! Texts that a database can't hold as they are come back as they were, and what SQL reads stays JSONB.

use stillroom_core::{Commit, poll_now};

use crate::database::Database;
use crate::raw::ANA;
use crate::store::{Store, commit_of, key, version};

#[test]
fn a_summary_with_nul_and_half_a_surrogate_pair_is_exact_and_can_be_queried() {
    // In the record as it is; in SQL:
    let cases = [
        (r#"{"metrics":{"rmse":0.5},"name":"a\u0000b"}"#, "a\u{fffd}b"),
        (r#"{"metrics":{"rmse":0.5},"name":"a\ud83db"}"#, "a\u{fffd}b"),
        (r#"{"metrics":{"rmse":0.5},"name":"\ude00"}"#, "\u{fffd}"),
        (r#"{"metrics":{"rmse":0.5},"name":"\uD83D\uDE00"}"#, "\u{1f600}"),
        (r#"{"metrics":{"rmse":0.5},"name":"\\u0000"}"#, r"\u0000"),
        (r#"{"metrics":{"rmse":0.5},"name":"\\\u0000"}"#, "\\\u{fffd}"),
        (r#"{"metrics":{"rmse":0.5},"name":"\u0000\u0000\uD83D\uDE00"}"#, "\u{fffd}\u{fffd}\u{1f600}"),
        (r#"{"metrics":{"rmse":0.5},"name":"x\\ud83d \u0000"}"#, "x\\ud83d \u{fffd}"),
    ];
    for major in [15, 18] {
        let database = Database::direct(major);
        let store = Store::of(database.connect("stillroom_test"), ANA);
        for (number, (summary, seen)) in cases.iter().enumerate() {
            let at = format!("page/{number}");
            let mut commit: Commit<'_> = commit_of(&at, b"");
            commit.versions[0].buffers.clear();
            commit.versions[0].summary = (*summary).to_owned();
            commit.versions[0].label = Some("NUL \0 and ␛0 and ␛".to_owned());
            store.commit(commit).unwrap();

            let record = poll_now(store.backend.catalog.get(&store.who, &key(&at), None)).unwrap().record;
            assert_eq!(record.summary, *summary);
            assert_eq!(record.label.as_deref(), Some("NUL \0 and ␛0 and ␛"));
            let ask = "select result_data ->> 'name', result_data -> 'metrics' ->> 'rmse', jsonb_typeof(result_data)
                from public.app_results where result_key = $1";
            let row = database.admin().query_one(ask, &[&number.to_string()]).unwrap();
            let told: [String; 3] = std::array::from_fn(|column| row.get(column));
            assert_eq!(told, [(*seen).to_owned(), "0.5".to_owned(), "object".to_owned()], "{summary}");
        }
    }
}

#[test]
fn metadata_and_label_at_their_limits_come_back() {
    let database = Database::direct(18);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    let mut full = version("page/key", b"");
    full.buffers.clear();
    full.metadata = Some(vec![0; 65_536].into());
    // Escaped, each takes six bytes of the four thousand that the table allows.
    full.label = Some("\0".repeat(1024));
    full.summary = format!("\"{}\"", "s".repeat(65_534));
    let expected = full.clone();

    store.commit(Commit { versions: vec![full], ..Commit::default() }).unwrap();

    let record = poll_now(store.backend.catalog.get(&store.who, &key("page/key"), None)).unwrap().record;
    assert_eq!(record.metadata, expected.metadata);
    assert_eq!((record.label, record.summary), (expected.label, expected.summary));
}
