//! What made a version, as JSON, and what became of it on the way to where it is.

use serde_json::{Map, Value as Json};
use stillroom_core::limits::JSON_LEN;

use crate::{Error, ErrorKind, Result};

/// Refuses what is no JSON: SQL reads it, and an import would refuse the bundle it is in.
pub(crate) fn check(provenance: &str) -> Result<()> {
    let parsed = serde_json::from_str::<Json>(provenance).map(drop);
    parsed.map_err(|error| Error::new(ErrorKind::Invalid, "provenance is not JSON").with_source(error))
}

/// `provenance` with one more field; as it was when it is no object or would be too long with it.
pub(crate) fn with(provenance: &str, field: &str, value: impl Into<Json>) -> String {
    let Ok(Json::Object(mut fields)) = serde_json::from_str::<Json>(provenance) else {
        return provenance.to_owned();
    };
    fields.insert(field.to_owned(), value.into());
    let longer = Json::Object(fields).to_string();
    if longer.len() as u64 <= JSON_LEN { longer } else { provenance.to_owned() }
}

/// `provenance` with where a version came from; what it said of that before stays inside, as deep as JSON
/// is read.
pub(crate) fn imported(provenance: &str, version: u64, created_at: i64) -> String {
    let mut origin = Map::new();
    origin.insert("version".to_owned(), version.into());
    origin.insert("created_at".to_owned(), created_at.into());
    let alone = origin.clone();
    let before = serde_json::from_str::<Json>(provenance).ok();
    if let Some(earlier) = before.as_ref().and_then(|fields| fields.get(IMPORTED)) {
        origin.insert(IMPORTED.to_owned(), earlier.clone());
    }
    let nested = with(provenance, IMPORTED, origin);
    if check(&nested).is_ok() { nested } else { with(provenance, IMPORTED, alone) }
}

/// Where an imported version says its number and time of before.
const IMPORTED: &str = "imported";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_added_where_there_is_room() {
        let long = format!(r#"{{"python":"{}"}}"#, "3".repeat(JSON_LEN as usize - 15));
        let cases = [
            ("{}", r#"{"rolled_back_from":3}"#),
            (r#"{"python":"3.13"}"#, r#"{"python":"3.13","rolled_back_from":3}"#),
            (r#"{"rolled_back_from":2}"#, r#"{"rolled_back_from":3}"#),
            ("[]", "[]"),
            ("not JSON", "not JSON"),
            (&long, &long),
        ];

        for (before, after) in cases {
            assert_eq!(with(before, "rolled_back_from", 3), after);
        }
    }

    #[test]
    fn where_a_version_came_from_stays_over_another_import() {
        let once = imported("{}", 3, 1000);
        let twice = imported(&once, 1, 2000);

        assert_eq!(once, r#"{"imported":{"version":3,"created_at":1000}}"#);
        assert_eq!(
            twice,
            r#"{"imported":{"version":1,"created_at":2000,"imported":{"version":3,"created_at":1000}}}"#
        );
    }

    #[test]
    fn what_has_come_a_long_way_can_still_be_read() {
        let mut provenance = "{}".to_owned();

        for journey in 1..=1_000 {
            provenance = imported(&provenance, journey, 0);
            check(&provenance).unwrap();
        }

        assert!(provenance.starts_with(r#"{"imported":{"version":1000,"created_at":0"#), "{provenance}");
    }
}
