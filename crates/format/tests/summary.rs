//! A summary is a small, harmless picture of what was saved.

use serde_json::{Value as Json, json};
use stillroom_format::{
    ArrayHead, ClassName, DateTime, Dtype, Limits, MemoryOrder, MissingCell, Summary, TextFlavour, Writer,
    Zone, summarise,
};

use crate::support::{Drive, Step, f64s, source, written};

fn summary(write: impl FnOnce(&mut Writer) -> Step) -> Summary {
    summarise(&written(write).manifest, Limits::default()).unwrap()
}

fn picture(write: impl FnOnce(&mut Writer) -> Step) -> Json {
    summary(write).json
}

fn head(write: impl FnOnce(&mut Writer) -> Step) -> (String, Vec<u64>) {
    let summary = summary(write);
    (summary.kind, summary.shape)
}

fn dtype(text: &str) -> Dtype {
    Dtype::parse(text).unwrap()
}

fn text_labels(writer: &mut Writer, labels: &[&str]) -> Step {
    let lengths: Vec<u8> = labels.iter().flat_map(|label| (label.len() as u32).to_le_bytes()).collect();
    let rows = labels.len() as u64;
    let text = labels.concat().into_bytes();
    writer.index(None)?;
    writer.none()?;
    writer.text_column(
        TextFlavour::Object,
        MissingCell::None,
        false,
        rows,
        source(lengths),
        source(text),
        None,
    )
}

fn forecast(writer: &mut Writer) -> Step {
    writer.frame(2, 3, true)?;
    writer.index(Some("D"))?;
    writer.key("day")?;
    writer.zoned_column("ns", 2, source(vec![0; 16]))?;
    writer.zone(&Zone::Region("America/Santiago"))?;
    text_labels(writer, &["visits", "visits", "site"])?;
    writer.none()?;
    writer.fixed_column(&dtype("<f8"), 2, source(f64s(&[1.0, 2.0])))?;
    writer.masked_column(&dtype("<i8"), 2, source(vec![0; 16]), None)?;
    writer.category_column(&dtype("|i1"), false, 2, source(vec![0, 1]))?;
    text_labels(writer, &["east", "west"])
}

#[test]
fn kind_and_shape_say_what_was_saved() {
    let cases: &[(&str, &[u64], Drive<'_>)] = &[
        ("NoneType", &[], &|w| w.none()),
        ("int", &[], &|w| w.int(7)),
        ("int", &[], &|w| w.big_int(true, &[255; 20])),
        ("str", &[3], &|w| w.str("abc")),
        ("str", &[5000], &|w| w.str(&"a".repeat(5000))),
        ("bytes", &[2], &|w| w.bytes(source(vec![1, 2]))),
        ("list", &[1], &|w| w.list(1).and_then(|()| w.none())),
        ("dict", &[0], &|w| w.dict(0)),
        ("defaultdict", &[0], &|w| w.default_dict(Some("list"), 0)),
        ("float64", &[], &|w| w.numpy_scalar(&dtype("<f8"), &[0; 8])),
        ("datetime64", &[], &|w| w.numpy_scalar(&dtype("<M8[ns]"), &[0; 8])),
        ("Timestamp", &[], &|w| w.timestamp(0, "ns", false).and_then(|()| w.none())),
        ("NaTType", &[], &|w| w.nat()),
        ("Index", &[2], &|w| text_labels(w, &["a", "b"])),
        ("RangeIndex", &[4], &|w| w.range_index(10, 2, -2).and_then(|()| w.none())),
        ("DataFrame", &[2, 3], &forecast),
        ("app.models.Config", &[], &|w| {
            w.dataclass(ClassName { module: "app.models", qualname: "Config" }, 0)
        }),
        ("timezone", &[], &|w| w.zone(&Zone::Utc)),
    ];

    for (kind, shape, write) in cases {
        assert_eq!(head(write), (kind.to_string(), shape.to_vec()));
    }
}

#[test]
fn an_array_is_pictured_by_dtype_and_shape() {
    let array =
        ArrayHead { dtype: dtype("<f4"), shape: vec![100, 30], order: MemoryOrder::C, is_writeable: true };

    let seen = summary(|w| w.array(&array, source(vec![0; 12_000])));

    assert_eq!((seen.kind.as_str(), seen.shape), ("ndarray", vec![100, 30]));
    assert_eq!(seen.json, json!({"type": "ndarray", "shape": [100, 30], "dtype": "float32"}));
}

#[test]
fn a_frame_is_pictured_by_its_columns_in_order() {
    assert_eq!(
        picture(forecast),
        json!({
            "type": "DataFrame", "shape": [2, 3],
            "columns": ["visits", "visits", "site"], "dtypes": ["float64", "Int64", "category"],
            "index": {
                "type": "DatetimeIndex", "shape": [2], "dtype": "datetime64[ns, America/Santiago]",
                "name": "day", "freq": "D",
            },
        })
    );
}

#[test]
fn a_series_is_pictured_by_name_dtype_and_index() {
    let seen = picture(|w| {
        w.series(true)?;
        w.str("residual")?;
        w.range_index(0, 3, 1)?;
        w.none()?;
        w.fixed_column(&dtype("<f8"), 3, source(f64s(&[0.0; 3])))?;
        w.none()
    });

    assert_eq!(
        seen,
        json!({
            "type": "Series", "shape": [3], "dtype": "float64", "name": "residual",
            "index": {"type": "RangeIndex", "shape": [3], "name": null},
        })
    );
}

#[test]
fn metrics_can_be_asked_for_by_name() {
    let seen = picture(|w| {
        w.dict(2)?;
        w.key("rows")?;
        w.list(50_000)?;
        (0..50_000).try_for_each(|n| w.int(n))?;
        w.key("metrics")?;
        w.dict(1)?;
        w.key("rmse")?;
        w.numpy_scalar(&dtype("<f4"), &0.1f32.to_le_bytes())
    });

    assert_eq!(seen["metrics"]["rmse"], json!(0.1));
    assert_eq!(seen["rows"][0], json!(0));
    assert_eq!(seen["rows"].as_array().unwrap().last(), Some(&json!("…")));
}

#[test]
fn what_json_has_no_word_for_is_null_or_text() {
    let scalars: &[(Drive<'_>, Json)] = &[
        (&|w| w.float(f64::NAN), Json::Null),
        (&|w| w.float(f64::NEG_INFINITY), Json::Null),
        (&|w| w.numpy_scalar(&dtype("<f8"), &f64::INFINITY.to_le_bytes()), Json::Null),
        (&|w| w.na(), Json::Null),
        (&|w| w.big_int(false, &u64::MAX.to_be_bytes()), json!(u64::MAX)),
        (&|w| w.big_int(true, &u64::MAX.to_be_bytes()), json!("-18446744073709551615")),
        (&|w| w.big_int(false, &[1; 16]), json!({"type": "int", "bits": 128})),
        (&|w| w.complex(1.0, f64::NAN), json!({"type": "complex", "real": 1.0, "imag": null})),
        (&|w| w.str("a\0b"), json!("a\u{fffd}b")),
        (&|w| w.surrogate_str(source(vec![b'a', 0xed, 0xa0, 0x80])), json!("a\u{fffd}\u{fffd}\u{fffd}")),
        (&|w| w.bytes(source(vec![0, 1])), json!({"type": "bytes", "shape": [2]})),
        (&|w| w.ellipsis(), json!("Ellipsis")),
        (&|w| w.uuid([0x11; 16], None), json!("11111111-1111-1111-1111-111111111111")),
        (&|w| w.date(2024, 2, 29), json!("2024-02-29")),
        (&|w| w.timedelta(-1, 3600, 5), json!("-1 days 01:00:00.000005")),
        (&|w| w.pandas_timedelta(1_500, "ms"), json!("0 days 00:00:01.500")),
        (&|w| w.numpy_scalar(&dtype("<M8[D]"), &(-1i64).to_le_bytes()), json!("1969-12-31")),
        (&|w| w.numpy_scalar(&dtype("<M8[ns]"), &i64::MIN.to_le_bytes()), Json::Null),
        (&|w| w.decimal().and_then(|()| w.str("0.10")), json!("0.10")),
        (&|w| w.fraction().and_then(|()| w.int(-1)).and_then(|()| w.int(3)), json!("-1/3")),
        (
            &|w| w.timestamp(0, "s", false).and_then(|()| w.zone(&Zone::PytzFixed(-90))),
            json!("1969-12-31T22:30:00-01:30"),
        ),
        (
            &|w| w.timestamp(0, "s", false).and_then(|()| w.zone(&Zone::Pytz("Asia/Tokyo"))),
            json!("1970-01-01T00:00:00Z[Asia/Tokyo]"),
        ),
        (&|w| w.enum_member(ClassName { module: "app", qualname: "Mode" }, &["A", "B"]), json!("A|B")),
    ];

    for (write, expected) in scalars {
        assert_eq!(picture(write), *expected);
    }
}

#[test]
fn a_datetime_is_pictured_with_its_zone() {
    let moment = DateTime {
        year: 2024,
        month: 10,
        day: 27,
        hour: 2,
        minute: 30,
        second: 0,
        microsecond: 500,
        fold: true,
    };

    let in_paris = picture(|w| w.datetime(&moment).and_then(|()| w.zone(&Zone::Region("Europe/Paris"))));
    let naive = picture(|w| w.datetime(&moment).and_then(|()| w.none()));

    assert_eq!(in_paris, json!("2024-10-27T02:30:00.000500[Europe/Paris]"));
    assert_eq!(naive, json!("2024-10-27T02:30:00.000500"));
}

#[test]
fn keys_of_any_kind_become_strings_that_differ() {
    let seen = picture(|w| {
        w.dict(6)?;
        w.key("1")?;
        w.int(0)?;
        w.int(1)?;
        w.int(1)?;
        w.none()?;
        w.int(2)?;
        w.bool(true)?;
        w.int(3)?;
        w.tuple(2)?;
        w.str("ridge")?;
        w.int(7)?;
        w.int(4)?;
        w.float(f64::NAN)?;
        w.int(5)
    });

    assert_eq!(seen, json!({"1": 0, "1 (int)": 1, "None": 2, "True": 3, "('ridge', 7)": 4, "nan": 5}));
}

#[test]
fn an_opaque_object_shows_its_class_and_size_and_no_pickle() {
    let class = ClassName { module: "sklearn.linear_model._ridge", qualname: "Ridge" };

    let seen = summary(|w| {
        let pickle = source(b"\x80\x05secret".to_vec());
        w.opaque(class, pickle, vec![(source(vec![7; 5000]), true)], &[("scikit-learn", "1.7.2")])
    });

    assert_eq!(seen.kind, "sklearn.linear_model._ridge.Ridge");
    assert_eq!(
        seen.json,
        json!({"type": "sklearn.linear_model._ridge.Ridge", "bytes": 5008, "versions": {"scikit-learn": "1.7.2"}})
    );
}

#[test]
fn a_shared_node_is_pictured_where_it_is_met_again() {
    let seen = picture(|w| {
        w.dict(2)?;
        w.key("metrics")?;
        w.dict(1)?;
        let number = w.last_number().unwrap();
        w.key("rmse")?;
        w.float(0.5)?;
        w.key("best")?;
        w.shared(number)
    });

    assert_eq!(seen["best"]["rmse"], json!(0.5));
}

#[test]
fn a_picture_stays_small_whatever_is_saved() {
    let wide = |w: &mut Writer| {
        w.dict(2000)?;
        (0..2000).try_for_each(|n| w.key(&format!("{n}{}", "\u{1}".repeat(1000))).and_then(|()| w.int(n)))
    };
    let deep = |w: &mut Writer| (0..900).try_for_each(|_| w.list(1)).and_then(|()| w.none());
    let long = |w: &mut Writer| w.str(&"\u{1f980}".repeat(1000));
    let many = |w: &mut Writer| w.list(400_000).and_then(|()| (0..400_000).try_for_each(|_| w.list(0)));
    let long_name = "m".repeat(100_000);
    let class = |w: &mut Writer| w.dataclass(ClassName { module: &long_name, qualname: "C" }, 0);
    let columns = |w: &mut Writer| {
        w.frame(0, 5000, true)?;
        w.range_index(0, 0, 1)?;
        w.none()?;
        w.range_index(0, 5000, 1)?;
        w.none()?;
        w.none()?;
        (0..5000).try_for_each(|_| w.object_column(0))
    };
    let cases: [Drive<'_>; 6] = [&wide, &deep, &long, &many, &class, &columns];

    for write in cases {
        let seen = summary(write);

        assert!(seen.json.to_string().len() <= 16 * 1024);
        assert!(seen.kind.len() < 1000);
    }
}

#[test]
fn what_is_left_out_is_marked() {
    let list = picture(|w| w.list(100_000).and_then(|()| (0..100_000).try_for_each(|n| w.int(n))));
    let dict = picture(|w| {
        w.dict(100_000)?;
        (0..100_000).try_for_each(|n| w.int(n).and_then(|()| w.int(n)))
    });
    let deep = picture(|w| (0..20).try_for_each(|_| w.list(1)).and_then(|()| w.none()));

    assert_eq!(list.as_array().unwrap().last(), Some(&json!("…")));
    let shown = dict.as_object().unwrap();
    assert_eq!(shown["…"], json!(100_000 - (shown.len() as u64 - 1)));
    assert!(deep.to_string().ends_with(r#"[{"type":"list","shape":[1]}]]]]]]]]"#), "{deep}");
}

#[test]
fn a_frame_whose_labels_left_the_manifest_is_pictured_without_them() {
    let labels: Vec<String> = (0..2000).map(|n| format!("column {n}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();

    let seen = picture(|w| {
        w.frame(0, 2000, true)?;
        w.range_index(0, 0, 1)?;
        w.none()?;
        text_labels(w, &labels)?;
        w.none()?;
        (0..2000).try_for_each(|_| w.fixed_column(&dtype("<i2"), 0, source(vec![])))
    });

    assert_eq!(seen["columns"], json!(["…"]));
    assert_eq!(seen["dtypes"][0], json!("int16"));
    assert_eq!(seen["shape"], json!([0, 2000]));
}
