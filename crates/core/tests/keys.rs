//! Pages, keys and leases are parsed once, at the door.

use stillroom_core::limits::NAME_LEN;
use stillroom_core::{KeyError, KeyName, LeaseKey, PageKey, ResultKey, Scope};

#[test]
fn a_name_has_1_to_512_bytes_and_no_control_characters() {
    let longest = usize::try_from(NAME_LEN).unwrap();
    for (text, expected) in [
        ("x".to_owned(), None),
        ("x".repeat(longest), None),
        ("水".repeat(longest / 3), None),
        (" ../%_'\"\\ ".to_owned(), None),
        (String::new(), Some(KeyError::Empty { what: "key" })),
        ("x".repeat(longest + 1), Some(KeyError::TooLong { what: "key", len: longest + 1 })),
        ("é".repeat(longest / 2 + 1), Some(KeyError::TooLong { what: "key", len: longest + 2 })),
        ("x".repeat(1 << 20), Some(KeyError::TooLong { what: "key", len: 1 << 20 })),
        ("a\nb".to_owned(), Some(control("a\nb"))),
        ("a\u{0}".to_owned(), Some(control("a\u{0}"))),
        ("\u{85}".to_owned(), Some(control("\u{85}"))),
    ] {
        assert_eq!(KeyName::parse(&text).err(), expected, "{} bytes", text.len());
        assert_eq!(PageKey::parse(&text).is_ok(), expected.is_none());
        assert_eq!(LeaseKey::parse(&text).is_ok(), expected.is_none());
    }
}

fn control(text: &str) -> KeyError {
    KeyError::Control { what: "key", text: text.to_owned() }
}

#[test]
fn a_scope_is_everything_a_page_or_a_result() {
    let result = |page, key| ResultKey::parse(page, key).unwrap();
    for (page, key, held) in [
        (None, None, [true, true, true]),
        (Some("a"), None, [true, true, false]),
        (Some("a"), Some("x"), [true, false, false]),
    ] {
        let scope = Scope::parse(page, key).unwrap();

        let holds = [result("a", "x"), result("a", "y"), result("b", "x")].map(|result| scope.holds(&result));

        assert_eq!(holds, held, "{page:?} {key:?}");
    }
}

#[test]
fn a_key_without_its_page_is_no_scope() {
    assert_eq!(Scope::parse(None, Some("x")), Err(KeyError::NoPage { key: "x".to_owned() }));
}
