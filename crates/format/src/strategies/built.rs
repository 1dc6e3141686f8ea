//! Built nodes of every kind, made from the table of their parts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::leaf::{any_byte, name};
use super::node;
use crate::{ArrayHead, Built, Dtype, MemoryOrder, Node, Payload, Role, Value};

/// A built node of any kind with parts that fit; places for any value hold one of `inner`.
pub(super) fn value(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let kinds = proptest::sample::select(Built::ALL)
        .prop_filter("stands for itself", |built| !built.has_rows() && !built.is_part());
    kinds.prop_flat_map(move |built| of_kind(built, 0, inner.clone()))
}

/// A built node that stands as a column of so many rows.
pub(super) fn column(row_count: u64, inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let kinds = proptest::sample::select(Built::ALL).prop_filter("is a column", |built| built.is_column());
    kinds.prop_flat_map(move |built| of_kind(built, row_count, inner.clone()))
}

/// A built node that stands as an index of so many rows.
pub(super) fn index(row_count: u64, inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let kinds = proptest::sample::select(Built::ALL).prop_filter("is an index", |built| built.is_index());
    kinds.prop_flat_map(move |built| of_kind(built, row_count, inner.clone()))
}

fn of_kind(built: Built, row_count: u64, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let counts: Vec<u64> = (0..12).filter(|count| built.takes_count(*count)).take(3).collect();
    let parts = proptest::sample::select(counts).prop_flat_map(move |count| {
        let roles = (0..count).map(|place| built.role(place).expect("a count it takes"));
        roles.map(|role| part(role, inner.clone())).collect::<Vec<_>>()
    });
    parts
        .prop_map(move |parts| node(Node::Built { built, row_count, count: parts.len() as u64 }, parts))
        .boxed()
}

/// A value that may stand where `role` asks for one.
fn part(role: Role, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    match role {
        Role::Any => inner,
        Role::Int => any::<i64>().prop_map(Value::int).boxed(),
        Role::Text => name().prop_map(Value::str).boxed(),
        Role::Flag => any::<bool>().prop_map(Value::bool).boxed(),
        Role::Tuple => vec(inner, 0..3).prop_map(Value::tuple).boxed(),
        Role::Dict => vec((name().prop_map(Value::str), inner), 0..3).prop_map(Value::dict).boxed(),
        Role::Array | Role::AnyArray => array().boxed(),
        Role::Mask => one_of![Just(Value::none()), array()].boxed(),
        Role::Scalar => any_byte().prop_map(|byte| scalar(&[byte; 8])).boxed(),
        Role::Index => name().prop_map(|name| index_of(&name)).boxed(),
        Role::Column => any_byte().prop_map(|byte| objects(byte % 4)).boxed(),
        Role::Arrow => of_kind(Built::ArrowData, 0, Just(Value::none()).boxed()),
        Role::ArrowPart => one_of![Just(Value::none()), array(), Just(Value::bytes("text"))].boxed(),
        Role::Chunks => of_kind(Built::ArrowChunks, 0, Just(Value::none()).boxed()),
        Role::Polars => of_kind(Built::PolarsSeries, 0, Just(Value::none()).boxed()),
        Role::Variable => of_kind(Built::XarrayVariable, 0, inner),
    }
}

fn array() -> impl Strategy<Value = Value> {
    (any_byte(), 0u64..4).prop_map(|(byte, len)| {
        let dtype = Dtype::parse("<i4").expect("a plain dtype");
        let head = ArrayHead { dtype, shape: vec![len], order: MemoryOrder::C, is_writeable: byte % 2 == 0 };
        let items = vec![byte; len as usize * 4];
        node(Node::Array(head, Payload::Inline(&items)), Vec::new())
    })
}

fn scalar(item: &[u8; 8]) -> Value {
    node(Node::NumpyScalar(Dtype::parse("|V8").expect("a plain dtype"), item), Vec::new())
}

fn index_of(name: &str) -> Value {
    node(Node::RangeIndex(0, 3, 1), vec![Value::str(name)])
}

fn objects(count: u8) -> Value {
    let cells: Vec<Value> = (0..count).map(|cell| Value::int(i64::from(cell))).collect();
    node(Node::Column(crate::Column::Object { row_count: cells.len() as u64 }), cells)
}
