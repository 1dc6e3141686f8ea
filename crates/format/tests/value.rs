//! An owned value holds what a manifest holds, and is safe at any depth.

use stillroom_format::{
    Column, Counted, Dtype, FormatError, Limits, Node, Payload, Reader, Text, Value, Writer,
};

use crate::support::{leaf, node, source, written};

/// Deeper than any stack would bear if something called itself.
fn deep(depth: usize) -> Value {
    (0..depth).fold(Value::none(), |inner, _| Value::list(vec![inner]))
}

#[test]
fn equality_is_by_bits() {
    let nan = |bits: u64| Value::float(f64::from_bits(bits));

    assert_eq!(nan(0x7ff8_0000_0000_0000), nan(0x7ff8_0000_0000_0000));
    assert_ne!(nan(0x7ff8_0000_0000_0000), nan(0x7ff8_0000_0000_0001));
    assert_ne!(Value::float(0.0), Value::float(-0.0));
    assert_ne!(leaf(Node::Complex(0.0, 0.0)), leaf(Node::Complex(0.0, -0.0)));
    assert_ne!(Value::int(1), Value::bool(true));
    assert_ne!(Value::int(1), Value::float(1.0));
    assert_ne!(Value::list(vec![]), Value::tuple(vec![]));
    assert_ne!(Value::list(vec![Value::list(vec![]), Value::none()]), Value::list(vec![Value::none()]));
}

#[test]
fn a_million_deep_value_is_compared_copied_and_dropped() {
    let value = deep(1_000_000);

    let copy = value.clone();

    assert_eq!(copy, value);
    assert_eq!(value.nodes().count(), 1_000_001);
}

#[test]
fn a_value_too_deep_is_refused_by_limit_and_actual_depth() {
    let mut writer = Writer::new(Limits::default());

    let error = deep(1001).write(&mut writer).unwrap_err();

    assert_eq!(error, FormatError::TooLarge { what: Counted::Depth, limit: 1000, actual: 1001 });
    assert_eq!(written(|writer| deep(1000).write(writer)).value().unwrap(), deep(1000));
}

#[test]
fn keys_are_read_as_the_strings_they_are() {
    let value = Value::dict(vec![(Value::str("a"), Value::none()), (Value::str("b"), Value::int(1))]);

    let back = written(|writer| value.write(writer)).value().unwrap();

    let keys: Vec<_> = back.pairs().map(|(key, _)| key.as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn a_node_met_again_keeps_its_number() {
    let value = Value::list(vec![Value::dict(vec![]), leaf(Node::Shared(1))]);

    let back = written(|writer| value.write(writer)).value().unwrap();

    assert_eq!(back, value);
    assert_eq!(back.children()[1].node(), Node::Shared(1));
}

#[test]
fn a_value_made_wrongly_is_refused() {
    let column = Node::Column(Column::Object { row_count: 2 });
    let buffer = Node::Bytes(Payload::Buffer(0));

    assert!(matches!(Value::new(Node::List(2), vec![Value::none()]), Err(FormatError::Misuse(_))));
    assert!(matches!(Value::new(column, vec![]), Err(FormatError::Misuse(_))));
    assert!(matches!(Value::new(buffer, vec![]), Err(FormatError::Misuse(_))));
    assert!(matches!(Value::new(Node::PandasTimedelta(1, "D"), vec![]), Err(FormatError::Misuse(_))));
}

#[test]
fn a_child_that_does_not_fit_is_refused_when_written() {
    let decimal = node(Node::Decimal, vec![Value::int(1)]);
    let mut writer = Writer::new(Limits::default());

    assert!(matches!(decimal.write(&mut writer), Err(FormatError::Misuse(_))));
}

#[test]
fn a_buffer_of_another_length_is_damage() {
    let long = written(|writer| writer.bytes(source(vec![7; 5000])));
    let mut reader = Reader::new(&long.manifest, Limits::default());

    let result = Value::read(&mut reader, |_| Ok::<_, FormatError>(vec![7; 4999].into()));

    assert!(matches!(result, Err(FormatError::Damaged(_))));
}

#[test]
fn a_long_text_that_is_not_utf8_is_damage() {
    let long = written(|writer| writer.long_str(source(vec![0xff; 5000])));

    assert_eq!(long.value(), Err(FormatError::Damaged("text is not UTF-8")));
}

#[test]
fn a_fetch_that_fails_says_why() {
    #[derive(Debug, PartialEq)]
    struct Offline;
    impl From<FormatError> for Offline {
        fn from(_: FormatError) -> Self {
            panic!("the format is not at fault here")
        }
    }
    let long = written(|writer| writer.bytes(source(vec![7; 5000])));
    let mut reader = Reader::new(&long.manifest, Limits::default());

    assert_eq!(Value::read(&mut reader, |_| Err(Offline)), Err(Offline));
}

#[test]
fn text_is_at_hand_with_and_without_surrogates() {
    let lone = leaf(Node::Str(Text::Surrogates(Payload::Inline(b"\xed\xa0\x80"))));

    assert_eq!(Value::str("a").as_str(), Some("a"));
    assert_eq!(Value::str("a").str_bytes(), Some(&b"a"[..]));
    assert_eq!((lone.as_str(), lone.str_bytes()), (None, Some(&b"\xed\xa0\x80"[..])));
    assert_eq!(Value::none().str_bytes(), None);
}

#[test]
fn an_outline_has_a_name_in_place_of_the_bytes_nobody_fetched() {
    let outline = |bytes: Vec<u8>| {
        let written = written(|writer| writer.bytes(source(bytes)));
        Value::outline(&written.manifest, Limits::default(), |_, _| Ok::<_, FormatError>(None)).unwrap()
    };

    assert_eq!(outline(vec![1; 70_000]), outline(vec![1; 70_000]));
    assert_ne!(outline(vec![1; 70_000]), outline(vec![2; 70_000]));
    assert!(outline(vec![1; 70_000]).brief().starts_with("b'<70000 bytes, "));
}

#[test]
fn an_outline_says_where_each_buffer_is_met_and_takes_the_bytes_it_is_given() {
    let column = |seed: u8| {
        let values = vec![seed; 4096];
        leaf(Node::Column(Column::Fixed {
            dtype: Dtype::parse("|u1").unwrap(),
            row_count: 4096,
            values: Payload::Inline(&values),
        }))
    };
    let labels = node(Node::RangeIndex(0, 2, 1), vec![Value::none()]);
    let rows = node(Node::RangeIndex(0, 4096, 1), vec![Value::none()]);
    let frame = node(Node::Frame(4096, 2, true), vec![rows, labels, Value::none(), column(1), column(2)]);
    let value = Value::dict(vec![(Value::str("frame"), frame)]);
    let written = written(|writer| value.write(writer));
    let mut met = Vec::new();

    let outline = Value::outline(&written.manifest, Limits::default(), |places, number| {
        met.push((number, places.iter().map(|place| (place.is_in_frame, place.child)).collect::<Vec<_>>()));
        Ok::<_, FormatError>(Some(written.buffers[number as usize].clone()))
    });

    assert_eq!(outline.unwrap(), value);
    assert_eq!(met, [(0, vec![(false, 1), (true, 3)]), (1, vec![(false, 1), (true, 4)])]);
}

#[test]
fn an_outline_refuses_bytes_of_another_length() {
    let written = written(|writer| writer.bytes(source(vec![1; 5000])));

    let outline = Value::outline(&written.manifest, Limits::default(), |_, _| {
        Ok::<_, FormatError>(Some(vec![1; 4999].into()))
    });

    assert!(matches!(outline, Err(FormatError::Damaged(_))));
}
