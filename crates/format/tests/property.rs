//! Laws over arbitrary values.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stillroom_format::{Built, Limits, Manifest, Node, Value, strategies, summarise};

use crate::support::{config, read, written};

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn any_value_comes_back_as_it_went_in(value in strategies::value()) {
        let once = written(|writer| value.write(writer));

        let manifest = Manifest::parse(once.manifest.bytes().clone(), Limits::default()).unwrap();
        let back = read(&manifest, &once.buffers).unwrap();
        let again = written(|writer| back.write(writer));

        prop_assert_eq!(&back, &value);
        prop_assert_eq!(again.bytes(), once.bytes());
        prop_assert_eq!(again.buffers, once.buffers);
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn any_value_can_be_summed_up(value in strategies::value()) {
        let summary = summarise(&written(|writer| value.write(writer)).manifest, Limits::default()).unwrap();

        prop_assert!(summary.json.to_string().len() <= 16 * 1024);
        prop_assert!(!summary.kind.is_empty());
    }

    #[test]
    fn a_copy_equals_its_original(value in strategies::value()) {
        let copy = value.clone();

        prop_assert_eq!(&copy, &value);
        prop_assert_ne!(Value::list(vec![copy]), value);
    }
}

/// The laws say nothing of what the strategy never makes.
#[test]
fn the_strategy_makes_every_kind_of_node() {
    let mut runner = TestRunner::deterministic();
    let strategy = strategies::value();
    let mut kinds = HashSet::new();

    for _ in 0..2000 {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        kinds.extend(value.nodes().map(|value| {
            let words = format!("{:?}", value.node());
            let column = words.strip_prefix("Column(").unwrap_or(&words);
            if let Node::Built { built, .. } = value.node() {
                return built.name().to_owned();
            }
            column.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
        }));
    }

    // Of 46 variants not `Key`, which is read as a str; `Column` by its 6 kinds, `Built` by all of its own.
    assert_eq!(kinds.len(), 43 + 6 + Built::ALL.len(), "{kinds:?}");
}
