//! A value has one encoding, and a writer driven wrongly makes none.

use stillroom_format::{ArrayHead, MemoryOrder, MissingCell};
use stillroom_format::{
    ClassName, Counted, DateTime, Dtype, FormatError, LEAF_LEN, Limits, Node, Reader, TextFlavour, Writer,
    Zone,
};

use crate::support::{Drive, Step, source, try_written, written};

/// The tree's bytes in hex: what follows the head of a manifest without shared nodes and buffers.
fn tree(write: impl FnOnce(&mut Writer) -> Step) -> String {
    const HEAD: &[u8] = b"\x85\x69stillroom\x01\x80\x80";
    let bytes = written(write).bytes();
    let tree = bytes.strip_prefix(HEAD).expect("no shared nodes and no buffers");
    tree.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn all(writer: &mut Writer, steps: &[Drive<'_>]) -> Step {
    steps.iter().try_for_each(|step| step(writer))
}

#[test]
fn the_bytes_are_those_of_the_document() {
    let cases: &[(&str, Drive<'_>)] = &[
        ("f6", &|w| w.none()),
        ("f5", &|w| w.bool(true)),
        ("17", &|w| w.int(23)),
        ("1818", &|w| w.int(24)),
        ("20", &|w| w.int(-1)),
        ("3903e7", &|w| w.int(-1000)),
        ("1bffffffffffffffff", &|w| w.big_int(false, &[255; 8])),
        ("3bffffffffffffffff", &|w| w.big_int(true, &[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("8302f449010000000000000000", &|w| w.big_int(false, &[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("fb8000000000000000", &|w| w.float(-0.0)),
        ("626869", &|w| w.str("hi")),
        ("420102", &|w| w.bytes(source(vec![1, 2]))),
        ("82080201f6", &|w| all(w, &[&|w| w.list(2), &|w| w.int(1), &|w| w.none()])),
        ("820c0182016161f6", &|w| all(w, &[&|w| w.dict(1), &|w| w.key("a"), &|w| w.none()])),
        ("820a02010a", &|w| all(w, &[&|w| w.set(2), &|w| w.int(10), &|w| w.int(1)])),
        ("81181f", &|w| w.ellipsis()),
        ("84161907e802181d", &|w| w.date(2024, 2, 29)),
        ("82181a01", &|w| w.zone(&Zone::Utc)),
        ("831820633c663848000000000000f03f", &|w| w.numpy_scalar(&dtype("<f8"), &1f64.to_le_bytes())),
        ("81183e", &|w| w.nat()),
    ];

    for (hex, write) in cases {
        assert_eq!(tree(write), *hex);
    }
}

fn dtype(text: &str) -> Dtype {
    Dtype::parse(text).unwrap()
}

#[test]
fn sets_given_in_any_order_have_the_same_bytes() {
    let members: [Drive<'_>; 5] = [
        &|w| w.int(1),
        &|w| w.str("b"),
        &|w| all(w, &[&|w| w.frozenset(2), &|w| w.str("y"), &|w| w.str("x")]),
        &|w| all(w, &[&|w| w.tuple(1), &|w| w.float(0.0)]),
        &|w| w.none(),
    ];
    let in_order = |order: [usize; 5]| {
        tree(|w| {
            w.set(5)?;
            order.iter().try_for_each(|at| members[*at](w))
        })
    };

    assert_eq!(in_order([0, 1, 2, 3, 4]), in_order([4, 3, 2, 1, 0]));
    assert_eq!(in_order([0, 1, 2, 3, 4]), in_order([2, 4, 0, 3, 1]));
}

#[test]
fn a_key_stands_in_full_once_and_by_number_after_that() {
    let records = tree(|w| {
        w.list(2)?;
        (0..2).try_for_each(|_| {
            all(w, &[&|w| w.dict(2), &|w| w.key("a"), &|w| w.none(), &|w| w.key("b"), &|w| w.none()])
        })
    });

    assert_eq!(records, "820802820c0282016161f682016162f6820c02820100f6820101f6");
}

#[test]
fn a_str_is_a_key_where_a_key_stands_and_nowhere_else() {
    let dict = |key: fn(&mut Writer) -> Step| tree(|w| all(w, &[&|w| w.dict(1), &key, &|w| w.str("a")]));
    let list = |item: fn(&mut Writer) -> Step| tree(|w| all(w, &[&|w| w.list(1), &item]));

    assert_eq!(dict(|w| w.key("a")), dict(|w| w.str("a")));
    assert_eq!(list(|w| w.key("a")), list(|w| w.str("a")));
    assert_eq!(dict(|w| w.key("a")), "820c01820161616161");
}

#[test]
fn a_field_in_a_set_is_named_in_full() {
    let class = ClassName { module: "m", qualname: "C" };

    let seen = tree(|w| all(w, &[&|w| w.set(1), &|w| w.dataclass(class, 1), &|w| w.key("a"), &|w| w.none()]));

    assert_eq!(seen, "820a0184181b616d6143016161f6");
}

#[test]
fn leaves_of_4_kib_leave_the_manifest_and_shorter_ones_stay() {
    let buffers = |len: usize| written(|w| w.bytes(source(vec![1; len]))).buffers.len();

    assert_eq!((buffers(LEAF_LEN - 1), buffers(LEAF_LEN)), (0, 1));
}

#[test]
fn leaves_in_a_set_stay_in_the_manifest() {
    let long = written(|w| all(w, &[&|w| w.frozenset(1), &|w| w.str(&"a".repeat(5000))]));

    assert_eq!(long.buffers.len(), 0);
    assert!(long.bytes().len() > 5000);
    long.value().unwrap();
}

#[test]
fn metadata_keeps_every_leaf_in_place() {
    let mut writer = Writer::without_buffers(Limits::default());
    writer.list(2).unwrap();
    writer.str(&"a".repeat(5000)).unwrap();
    writer.bytes(source(vec![1; 5000])).unwrap();
    let draft = writer.finish().unwrap();

    let manifest = draft.seal(vec![]).unwrap();

    assert_eq!(draft.leaves().len(), 0);
    let value = crate::support::read(&manifest, &[]).unwrap();
    assert_eq!(value.children()[0].as_str().unwrap().len(), 5000);
}

#[test]
fn mutable_nodes_are_numbered_in_order_and_only_outside_sets() {
    let mut writer = Writer::new(Limits::default());
    let mut numbers = Vec::new();
    let class = ClassName { module: "m", qualname: "C" };
    let array = ArrayHead { dtype: dtype("|u1"), shape: vec![1], order: MemoryOrder::C, is_writeable: true };
    let mut note = |writer: &mut Writer, step: Step| {
        step.unwrap();
        numbers.push(writer.last_number());
    };

    for at in 0..8 {
        let step = match at {
            0 => writer.list(6),
            1 => writer.tuple(0),
            2 => writer.set(1),
            3 => writer.dataclass(class, 0),
            4 => writer.dict(0),
            5 => writer.bytearray(source(vec![])),
            6 => writer.array(&array, source(vec![1])),
            _ => writer.str("a"),
        };
        note(&mut writer, step);
    }

    assert_eq!(numbers, [Some(0), None, Some(1), None, Some(2), Some(3), Some(4), None]);
}

#[test]
fn only_nodes_met_again_are_in_the_table_of_shared_ones() {
    let seen = written(|w| all(w, &[&|w| w.list(3), &|w| w.list(0), &|w| w.dict(0), &|w| w.shared(2)]));
    let mut reader = Reader::new(&seen.manifest, Limits::default());

    let numbers: Vec<_> = (0..4)
        .map(|_| {
            reader.node().unwrap();
            reader.shared_number()
        })
        .collect();

    assert_eq!(seen.manifest.shared(), [2]);
    assert_eq!(numbers, [None, None, Some(2), None]);
    reader.finish().unwrap();
}

#[test]
fn a_writer_driven_wrongly_says_so() {
    let feb_30 = DateTime {
        year: 2024,
        month: 2,
        day: 30,
        hour: 0,
        minute: 0,
        second: 0,
        microsecond: 0,
        fold: false,
    };
    let array = ArrayHead { dtype: dtype("<f8"), shape: vec![2], order: MemoryOrder::C, is_writeable: true };
    let text = |w: &mut Writer, lengths: usize| {
        let lengths = source(vec![0; lengths]);
        w.text_column(TextFlavour::Object, MissingCell::None, false, 2, lengths, source(vec![]), None)
    };
    let cases: &[(&str, Drive<'_>)] = &[
        ("nothing", &|_| Ok(())),
        ("a child missing", &|w| w.list(1)),
        ("a node too many", &|w| all(w, &[&|w| w.none(), &|w| w.none()])),
        ("shared, not there", &|w| all(w, &[&|w| w.list(1), &|w| w.shared(1)])),
        ("shared, still open", &|w| all(w, &[&|w| w.list(1), &|w| w.shared(0)])),
        ("shared, open above", &|w| {
            all(w, &[&|w| w.list(1), &|w| w.tuple(1), &|w| w.set(1), &|w| w.shared(0)])
        }),
        ("a short long str", &|w| w.long_str(source(vec![97; 10]))),
        ("a day that is none", &|w| w.datetime(&feb_30)),
        ("a month that is none", &|w| w.date(2024, 13, 1)),
        ("an hour that is none", &|w| w.time(&DateTime { hour: 24, day: 1, ..feb_30 })),
        ("a timedelta too long", &|w| w.timedelta(1_000_000_000, 0, 0)),
        ("a timedelta's seconds", &|w| w.timedelta(0, 86_400, 0)),
        ("a day's offset", &|w| w.zone(&Zone::Fixed { offset_us: 86_400_000_000, name: None })),
        ("a zone that is none", &|w| all(w, &[&|w| w.timestamp(0, "ns", false), &|w| w.int(0)])),
        ("a decimal of an int", &|w| all(w, &[&|w| w.decimal(), &|w| w.int(0)])),
        ("a range of floats", &|w| all(w, &[&|w| w.range(), &|w| w.float(0.0)])),
        ("a full deque", &|w| w.deque(Some(1), 2)),
        ("an array's length", &|w| w.array(&array, source(vec![0; 8]))),
        ("65 axes", &|w| w.array(&ArrayHead { shape: vec![1; 65], ..array.clone() }, source(vec![0; 8]))),
        ("a scalar's length", &|w| w.numpy_scalar(&dtype("<f8"), &[0; 4])),
        ("a column's length", &|w| w.fixed_column(&dtype("<f8"), 2, source(vec![0; 8]))),
        ("a text's lengths", &|w| text(w, 4)),
        ("a bitmap's length", &|w| {
            w.masked_column(&dtype("|i1"), 9, source(vec![0; 9]), Some(source(vec![0])))
        }),
        ("after an error", &|w| {
            let _ = w.masked_column(&dtype("|i1"), 9, source(vec![0; 9]), Some(source(vec![0])));
            w.none()
        }),
        ("a series of a list", &|w| all(w, &[&|w| w.series(true), &|w| w.none(), &|w| w.list(0)])),
        ("a frame's column of another length", &|w| {
            w.frame(2, 1, true)?;
            all(
                w,
                &[
                    &|w| w.range_index(0, 2, 1),
                    &|w| w.none(),
                    &|w| w.range_index(0, 1, 1),
                    &|w| w.none(),
                    &|w| w.none(),
                ],
            )?;
            w.object_column(1)
        }),
        ("a frame's index of another length", &|w| {
            all(w, &[&|w| w.frame(2, 0, true), &|w| w.range_index(0, 3, 1)])
        }),
        ("a frame's labels too many", &|w| {
            w.frame(0, 0, true)?;
            all(w, &[&|w| w.range_index(0, 0, 1), &|w| w.none(), &|w| w.range_index(0, 1, 1)])
        }),
        ("a series and its index", &|w| {
            all(w, &[&|w| w.series(true), &|w| w.none(), &|w| w.index(None), &|w| w.none()])?;
            all(w, &[&|w| w.object_column(1), &|w| w.none(), &|w| w.object_column(2)])
        }),
        ("a frame's shared column", &|w| {
            all(w, &[&|w| w.list(2), &|w| w.object_column(0), &|w| w.frame(0, 1, true)])?;
            all(
                w,
                &[&|w| w.range_index(0, 0, 1), &|w| w.none(), &|w| w.range_index(0, 1, 1), &|w| w.none()],
            )?;
            all(w, &[&|w| w.none(), &|w| w.shared(1)])
        }),
    ];

    for (name, write) in cases {
        let result = try_written(write);

        assert!(matches!(result, Err(FormatError::Misuse(_))), "{name}");
    }
}

#[test]
fn what_the_format_has_no_place_for_is_refused_by_name() {
    let cases: &[Drive<'_>] = &[
        &|w| w.default_dict(Some("Counter"), 0),
        &|w| w.timestamp(0, "D", false),
        &|w| w.pandas_timedelta(0, "min"),
        &|w| w.zoned_column("D", 0, source(vec![])),
        &|w| w.fixed_column(&dtype("|S0"), 1 << 60, source(vec![])),
        &|w| w.masked_column(&dtype("<M8[ns]"), 0, source(vec![]), None),
        &|w| w.masked_column(&dtype(">f4"), 0, source(vec![]), None),
        &|w| w.masked_column(&dtype("<f2"), 0, source(vec![]), None),
        &|w| w.category_column(&dtype(">i2"), false, 0, source(vec![])),
    ];

    for write in cases {
        assert!(matches!(try_written(write), Err(FormatError::Unsupported(_))));
    }
}

#[test]
fn a_manifest_too_long_is_refused_before_its_bytes_are_copied() {
    struct Endless;
    impl stillroom_format::Source for Endless {
        fn len(&self) -> u64 {
            1 << 60
        }
        fn copy_to(&self, _: u64, _: &mut [u8]) {
            panic!("nothing is copied")
        }
    }
    let mut writer = Writer::new(Limits::default());

    writer.set(1).unwrap();
    let result = writer.bytes(Box::new(Endless));

    assert!(matches!(result, Err(FormatError::TooLarge { what: Counted::ManifestBytes, .. })));
}

#[test]
fn a_tree_past_the_manifest_limit_is_refused() {
    let mut writer = Writer::new(Limits { manifest_len: 100, ..Limits::default() });
    writer.list(200).unwrap();

    let result = (0..200).try_for_each(|_| writer.str("four"));

    assert!(matches!(result, Err(FormatError::TooLarge { what: Counted::ManifestBytes, limit: 100, .. })));
}

#[test]
fn dtypes_are_spelled_in_one_way() {
    let good = [
        "|b1", "|i1", "<i2", ">u8", "<f2", "<c16", "<M8", "<M8[ns]", ">m8[25s]", "<U0", "<U12", "|S0", "|V7",
    ];
    let bad = [
        "",
        "f8",
        "=f8",
        "<f",
        "<f08",
        "<f+8",
        "<f16",
        "<g16",
        "<i3",
        "<i1",
        "|i2",
        "|f8",
        "<b1",
        "<O8",
        "<M4",
        "<M8[]",
        "<M8[1s]",
        "<M8[0s]",
        "<M8[01s]",
        "<M8[5]",
        "<M8[x]",
        "<M8[ns",
        "<M8[ns]]",
        "<f8[ns]",
        "<S3",
        "|U3",
        "<U-1",
        "|V2147483648",
        "<U536870912",
        "<U4294967296",
        "|S99999999999",
        "<M8[99999999999s]",
        "<µ8",
    ];

    for text in good {
        assert_eq!(Dtype::parse(text).unwrap().to_string(), text);
    }
    for text in bad {
        assert!(matches!(Dtype::parse(text), Err(FormatError::Unsupported(_))), "{text}");
    }
}

#[test]
fn a_node_says_how_many_children_follow() {
    assert_eq!(Node::Dict(3).child_count(), 6);
    assert_eq!(Node::Frame(9, 2, true).child_count(), 5);
    assert_eq!(Node::Dict(u64::MAX).child_count(), u64::MAX);
    assert_eq!(Node::None.child_count(), 0);
}
