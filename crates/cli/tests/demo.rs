//! The store of the example app `ed_arrivals` after two trainings, made without Python: what the documents
//! show.
//!
//! Its pages, keys and kinds are the app's; numbers are made up by arithmetic that is the same everywhere.

use std::path::Path;

use stillroom::{
    ArrayHead, ClassName, Dtype, MemoryOrder, Node, OpenOptions, Payload, Save, Store, TextFlavour, Value,
    keep_going,
};

use crate::support::{metadata, save};
use crate::values;

/// Days of arrivals, from 2021-01-01 on.
const DAYS: i64 = 1922;
const FIRST_DAY: i64 = 1_609_459_200;
const SECONDS_OF_DAY: i64 = 86_400;
const MODELS: [&str; 3] = ["Ridge", "Random forest", "Boosting"];
const HORIZONS: [i64; 4] = [1, 3, 7, 14];

/// Fills a store: a quick training, then a full one, and what the notebook keeps.
pub(crate) fn fill(store: &Store) {
    train(store, 24, "Quick");
    train(store, 240, "Full");
    keep(store, vec![save("notebook", "forecast", &forecast())]);
}

/// Opens the store in `folder`, or makes it.
pub(crate) fn open(folder: &Path) -> Store {
    let url = Some(folder.to_str().unwrap().to_owned());
    Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap()
}

/// What an app saves that looks for its results under another name.
pub(crate) fn save_elsewhere(store: &Store) {
    keep(store, vec![save("training", "config", &config(12))]);
}

/// One training: everything about it in one step.
pub(crate) fn train(store: &Store, trees: i64, label: &str) {
    let results = [
        ("predictions", predictions(trees)),
        ("metrics", metrics(trees)),
        ("models", values::object()),
        ("residuals", residuals(trees)),
        ("config", config(trees)),
    ];
    let labelled = |(key, value): (&str, Value)| Save {
        label: Some(label.to_owned()),
        metadata: Some(metadata(&Value::dict(vec![(Value::str("trees"), Value::int(trees))]))),
        provenance: PROVENANCE.to_owned(),
        ..save("train_models", key, &value)
    };
    keep(store, results.into_iter().map(labelled).collect());
}

const PROVENANCE: &str =
    r#"{"stillroom":"0.1.0","python":"3.13.0","libraries":{"pandas":"3.0.0","scikit-learn":"1.9.1"}}"#;

fn keep(store: &Store, saves: Vec<Save>) {
    store.save(saves, &mut keep_going).unwrap();
}

/// What each model expected of each day a day ahead, beside what came; the full training changes one column.
fn predictions(trees: i64) -> Value {
    let days: Vec<_> = (0..DAYS).map(|day| FIRST_DAY + day * SECONDS_OF_DAY).collect();
    let index = Value::new(
        Node::Index(Some("D")),
        vec![Value::str("date"), values::fixed("<M8[s]", &le_bytes(&days), DAYS as u64)],
    )
    .unwrap();
    let column = |shift: i64| values::fixed("<f8", &expected(shift), DAYS as u64);
    let observed: Vec<_> = (0..DAYS).map(arrivals).collect();
    let columns =
        vec![values::fixed("<i8", &le_bytes(&observed), DAYS as u64), column(1), column(2), column(trees)];
    let names = ["observed", "Ridge, 1 d", "Random forest, 1 d", "Boosting, 1 d"];
    let children = [vec![index, values::labels(&names), Value::none()], columns].concat();
    Value::new(Node::Frame(DAYS as u64, 4, true), children).unwrap()
}

/// The bytes of what boosting expected after a training, as the column and its pack have them.
pub(crate) fn boosting(trees: i64) -> Vec<u8> {
    expected(trees)
}

fn expected(shift: i64) -> Vec<u8> {
    let cell = |day: i64| arrivals(day) as f64 + ((day * 31 + shift) % 40) as f64 / 4.0 - 5.0;
    (0..DAYS).flat_map(|day| cell(day).to_le_bytes()).collect()
}

/// Arrivals of a day, busier on some days of the week.
fn arrivals(day: i64) -> i64 {
    90 + (day * 37) % 23 + [0, 4, 2, 1, 6, 14, 12][(day % 7) as usize]
}

/// How good each model is at each horizon.
fn metrics(trees: i64) -> Value {
    let judged = |model: usize, horizon: i64| {
        let error = 6.0 + horizon as f64 / 4.0
            - model as f64 / 2.0
            - if trees > 100 && model > 0 { 0.25 } else { 0.0 };
        let cells = [("mae", error), ("rmse", error + 1.5), ("skill", 0.5 - error / 32.0)];
        Value::dict(cells.into_iter().map(|(name, value)| (Value::str(name), Value::float(value))).collect())
    };
    let pairs = MODELS.iter().enumerate().flat_map(|(place, model)| {
        let pair = move |horizon| {
            let key = Value::tuple(vec![Value::str(*model), Value::int(horizon)]);
            (key, judged(place, horizon))
        };
        HORIZONS.into_iter().map(pair).collect::<Vec<_>>()
    });
    Value::dict(pairs.collect())
}

/// Observed minus predicted, by model, horizon and day; NaN where a day is not known yet.
fn residuals(trees: i64) -> Value {
    let shape = [MODELS.len() as u64, HORIZONS.len() as u64, DAYS as u64];
    let item = |at: i64| {
        let day = at % DAYS;
        if day < 14 { f64::NAN } else { ((at * 31 + trees) % 40) as f64 / 4.0 - 5.0 }
    };
    let items: Vec<_> =
        (0..shape.iter().product::<u64>() as i64).flat_map(|at| item(at).to_le_bytes()).collect();
    let dtype = Dtype::parse("<f8").unwrap();
    let head = ArrayHead { dtype, shape: shape.to_vec(), order: MemoryOrder::C, is_writeable: true };
    Value::new(Node::Array(head, Payload::Inline(&items)), Vec::new()).unwrap()
}

/// What the training was asked to do.
fn config(trees: i64) -> Value {
    let horizons = Value::tuple(HORIZONS.map(Value::int).to_vec());
    let fields = [
        ("hospital", Value::str("Exequiel González Cortés")),
        ("trees", Value::int(trees)),
        ("folds", Value::int(5)),
        ("horizons", horizons),
    ];
    let class = ClassName { module: "training", qualname: "RunConfig" };
    let children = fields.into_iter().flat_map(|(name, value)| [Value::str(name), value]);
    Value::new(Node::Dataclass(class, 4), children.collect()).unwrap()
}

/// The next days, as the notebook keeps them.
fn forecast() -> Value {
    let index = Value::new(Node::RangeIndex(0, 4, 1), vec![Value::none()]).unwrap();
    let days = ["2026-03-02", "2026-03-04", "2026-03-08", "2026-03-15"].map(Some);
    let expected = [101.5f64, 104.25, 117.0, 98.75];
    let columns = vec![
        values::text(&days, TextFlavour::PyarrowNan, stillroom::MissingCell::Nan),
        values::fixed("<f8", &expected.map(f64::to_le_bytes).concat(), 4),
        values::category(&[0, 0, 1, 0], &["usual", "busy"]),
    ];
    let children =
        [vec![index, values::labels(&["day", "expected", "kind"]), Value::none()], columns].concat();
    Value::new(Node::Frame(4, 3, true), children).unwrap()
}

fn le_bytes(items: &[i64]) -> Vec<u8> {
    items.iter().flat_map(|item| item.to_le_bytes()).collect()
}
