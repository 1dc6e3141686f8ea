//! `cat` of what libraries make: each form holds what it can say, and refuses the rest by name.

use insta::assert_snapshot;
use stillroom::{Built, MemoryOrder, Value};

use crate::forms::{bytes, parquet_text, refusal, text};
use crate::values_built as values;

#[test]
fn columns_of_pandas_are_written_and_levels_of_an_index_are_columns() {
    let frame = values::pandas_frame();

    assert_eq!(
        text(&frame, "csv"),
        "site,,month,bin,visits,cut\n\
         north,7,2024-01,\"(0.0, 0.5]\",0,\"(0.5, 1.0]\"\n\
         south,7,,\"(0.5, 1.0]\",3,\"(0.0, 0.5]\"\n\
         ,14,2024-02,,0,\n"
    );
    assert_eq!(
        text(&frame, "json"),
        "{\"index\": [[\"north\", 7], [\"south\", 7], [null, 14]], \
         \"columns\": [\"month\", \"bin\", \"visits\", \"cut\"], \
         \"data\": [[\"2024-01\", \"(0.0, 0.5]\", 0, \"(0.5, 1.0]\"], \
         [null, \"(0.5, 1.0]\", 3, \"(0.0, 0.5]\"], [\"2024-02\", null, 0, null]], \
         \"index_names\": [\"site\", null], \"column_names\": [null]}\n"
    );
    assert_snapshot!(parquet_text(&bytes(&frame, "parquet")));
}

#[test]
fn labels_in_levels_are_lines_of_csv_as_pandas_has_them() {
    let counted = values::wide_frame(values::counted(Value::none()));
    let named = values::wide_frame(values::counted(Value::str("fold")));
    let two = [(None, &[0i8, 1][..]), (Some("day"), &[1, 0])];
    let names: Vec<_> = two.iter().map(|(name, _)| *name).collect();
    let levels = two.map(|(_, codes)| (crate::values::fixed("|i1", &[3, 4], 2), codes));
    let levelled = values::wide_frame(values::levels(&names, levels.into()));

    let heading = "ridge,ridge,trees\n1,7,1\n";
    assert_eq!(text(&counted, "csv"), format!("{heading}0.5,1.5,2.5\n-0.5,-1.5,-2.5\n"));
    assert_eq!(
        text(&named, "csv"),
        "model,ridge,ridge,trees\nhorizon,1,7,1\nfold,,,\n0,0.5,1.5,2.5\n1,-0.5,-1.5,-2.5\n"
    );
    assert_eq!(
        text(&levelled, "csv"),
        "model,,ridge,ridge,trees\nhorizon,,1,7,1\n,day,,,\n3,4,0.5,1.5,2.5\n4,3,-0.5,-1.5,-2.5\n"
    );
    assert_eq!(
        text(&counted, "json"),
        "{\"index\": [0, 1], \"columns\": [[\"ridge\", 1], [\"ridge\", 7], [\"trees\", 1]], \
         \"data\": [[0.5, 1.5, 2.5], [-0.5, -1.5, -2.5]], \
         \"index_names\": [null], \"column_names\": [\"model\", \"horizon\"]}\n"
    );
}

#[test]
fn columns_of_arrow_are_written_by_their_types_wherever_they_stand() {
    let row = "-7,18446744073709551615,0.1,True,\"a,b\",2024-03-01,01:02:03.000004,2024-03-01T00:00:00+00:00,-1.50\n";
    let heading = "id,size,share,is_open,name,day,at,seen,fee\n";
    let rows = format!("{row},,,,,,,,\n");
    let (frame, batch) = (values::arrow_frame(), values::arrow_table(Built::ArrowBatch));
    let table = values::arrow_table(Built::ArrowTable);

    assert_eq!(text(&frame, "csv"), format!("{heading}{rows}"));
    assert_eq!(text(&batch, "csv"), text(&frame, "csv"));
    assert_eq!(text(&batch, "json"), text(&frame, "json"));
    assert_eq!(text(&table, "csv"), format!("{heading}{rows}{rows}"));
    assert_snapshot!(text(&frame, "json"));
    assert_snapshot!(parquet_text(&bytes(&table, "parquet")));
    assert_eq!(bytes(&batch, "parquet"), bytes(&frame, "parquet"));
}

#[test]
fn a_table_without_an_index_has_none_but_where_one_column_could_be_an_empty_line() {
    let series = values::polars_series();
    let frame = values::polars_frame(series.clone());

    assert_eq!(text(&frame, "csv"), "n,n\n5,5\n,\n");
    assert_eq!(text(&series, "csv"), ",n\n0,5\n1,\n");
    assert_eq!(parquet_text(&bytes(&series, "parquet")), "{n: 5}\n{n: null}\n");
    assert_eq!(
        text(&series, "json"),
        "{\"index\": [0, 1], \"columns\": [\"n\"], \"data\": [[5], [null]], \
         \"index_names\": [null], \"column_names\": [null]}\n"
    );
}

#[test]
fn arrays_of_objects_of_text_and_with_a_mask_are_written_by_their_axes() {
    let int = Value::int;
    let objects = |order| values::object_array(&[2, 2], order, vec![int(1), int(2), Value::none(), int(4)]);
    let deep =
        values::object_array(&[1, 2], MemoryOrder::C, vec![values::figure(), Value::list(vec![int(1)])]);
    let texts = values::text_array(&[2, 2], &[Some("a,b"), Some(""), None, Some("d")]);
    // In Fortran order, where the mask is in C order: rows 1 3 5 and 2 4 6.
    let masked = values::masked_array(Some([0, 1, 0, 0, 0, 1]));

    assert_eq!(text(&objects(MemoryOrder::C), "csv"), "1,2\n,4\n");
    assert_eq!(text(&objects(MemoryOrder::Fortran), "json"), "[[1, null], [2, 4]]\n");
    assert_eq!(
        text(&deep, "json"),
        "[[{\"data\": [{\"type\": \"bar\", \"y\": [3, 1]}], \"layout\": {\"height\": 300}}, [1]]]\n"
    );
    assert_eq!(text(&texts, "csv"), "\"a,b\",\"\"\n,d\n");
    assert_eq!(text(&texts, "json"), "[[\"a,b\", \"\"], [null, \"d\"]]\n");
    assert_eq!(text(&masked, "csv"), "1,,5\n2,4,\n");
    assert_eq!(text(&masked, "json"), "[[1, null, 5], [2, 4, null]]\n");
}

#[test]
fn npy_holds_fields_what_no_mask_hides_and_columns_without_gaps() {
    let header = |npy: &[u8]| String::from_utf8_lossy(&npy[10..128]).trim_end().to_owned();
    let structured = bytes(&values::structured_array(), "npy");
    let unmasked = bytes(&values::masked_array(Some([0; 6])), "npy");
    let index = bytes(&values::counted(Value::none()), "npy");

    assert_eq!(
        header(&structured),
        "{'descr': [('day', '|i1'), ('', '|V7'), ('visits', '<f8')], 'fortran_order': False, 'shape': (2,), }"
    );
    assert_eq!(structured[128..], (0..32).collect::<Vec<u8>>());
    assert_eq!(header(&unmasked), "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3,), }");
    assert_eq!(unmasked[128..], [1, 2, 3, 4, 5, 6]);
    assert_eq!(bytes(&values::masked_array(None), "npy"), unmasked);
    assert_eq!(header(&index), "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }");
    assert_eq!(index[128..], [0i64, 1].map(i64::to_le_bytes).concat());
}

#[test]
fn what_a_form_cannot_say_of_a_library_is_refused_with_what_can_be_done() {
    let texts = || values::text_array(&[2], &[Some("a"), None]);
    let objects = || values::object_array(&[1, 1, 1], MemoryOrder::C, vec![Value::int(1)]);
    let lists = || values::polars_frame(values::polars_lists());
    for (value, form, why) in [
        (lists(), "csv", "csv can't write cells of list[i64]; load it in Python: `value[\"lags\"]`"),
        (lists(), "json", "json can't write cells of list[i64]; load it in Python: `value[\"lags\"][0]`"),
        (
            lists(),
            "parquet",
            "parquet has no type for cells of list[i64]; load it in Python: `value[\"lags\"]`",
        ),
        (lists(), "npy", "npy holds one array; use --to parquet: `value`"),
        (
            values::wide_frame(values::counted(Value::none())),
            "parquet",
            "parquet has one label for a column; use --to csv or json: `value.columns`",
        ),
        (
            values::polars_series(),
            "npy",
            "npy holds items of fixed width without missing ones; use --to parquet or csv: `value`",
        ),
        (values::structured_array(), "csv", "csv can't write items of several fields; use --to npy: `value`"),
        (values::structured_array(), "json", "json has no such items; use --to npy: `value`"),
        (values::structured_array(), "parquet", "parquet holds tables; use --to npy: `value`"),
        (texts(), "csv", "csv can't write a missing item alone on its line; use --to json: `value`"),
        (texts(), "npy", "npy holds no text of any length; use --to json: `value`"),
        (objects(), "csv", "csv holds arrays of one or two dimensions; use --to json: `value`"),
        (objects(), "npy", "npy holds objects only as a pickle; use --to json: `value`"),
        (values::masked_array(Some([1; 6])), "npy", "npy has no mask; use --to json: `value`"),
        (values::figure(), "csv", "csv holds tables and arrays; use --to json: `value`"),
        (values::chart(), "csv", "csv holds tables and arrays; load it in Python: `value`"),
        (values::chart(), "json", "json has no word for this type; load it in Python: `value`"),
        (values::chart(), "parquet", "parquet holds tables; load it in Python: `value`"),
        (values::chart(), "npy", "npy holds one array; load it in Python: `value`"),
    ] {
        assert_eq!(refusal(&value, form), why);
    }
}
