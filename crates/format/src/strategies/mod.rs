//! Arbitrary values for proptest: every kind of node, in places where it may stand.

/// One of several strategies, each boxed: unboxed, a choice holds all of them at once, and a few
/// within each other take more stack than a test's thread has.
macro_rules! one_of {
    ($($weight:expr => $strategy:expr),+ $(,)?) => {
        proptest::strategy::Union::new_weighted(vec![$(($weight, Strategy::boxed($strategy))),+])
    };
    ($($strategy:expr),+ $(,)?) => { one_of![$(1 => $strategy),+] };
}

mod built;
mod leaf;
mod pandas;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::{ClassName, Node, Value};

/// Any value that can be stored, some of them with nodes that are met again.
pub fn value() -> impl Strategy<Value = Value> {
    one_of![4 => tree(), 1 => tree().prop_map(met_again)]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = one_of![3 => leaf::value(), 1 => pandas::value(leaf::value().boxed())];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let inner = inner.boxed();
        one_of![
            2 => containers(inner.clone()),
            2 => mappings(inner.clone()),
            1 => built::value(inner.clone()),
            1 => pandas::value(inner),
        ]
    })
}

/// A node with its children; the strategies here make none that does not fit.
fn node(node: Node<'_>, children: Vec<Value>) -> Value {
    Value::new(node, children).expect("a strategy gives a node the children it counts")
}

fn containers(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let items = || vec(inner.clone(), 0..6);
    one_of![
        items().prop_map(Value::list),
        items().prop_map(Value::tuple),
        items().prop_map(|items| Value::set(items).expect("no member refers to a node outside")),
        items().prop_map(|items| Value::frozenset(items).expect("no member refers to a node outside")),
        (items(), proptest::option::of(6u64..))
            .prop_map(|(items, max_len)| { node(Node::Deque(max_len, items.len() as u64), items) }),
        vec(inner.clone(), 3).prop_map(|bounds| node(Node::Slice, bounds)),
        vec(leaf::int(), 3).prop_map(|bounds| node(Node::Range, bounds)),
    ]
}

fn mappings(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let key = one_of![4 => leaf::name().prop_map(Value::str), 1 => inner.clone()];
    let field = leaf::name().prop_map(Value::str);
    let flat = |pairs: Vec<(Value, Value)>| pairs.into_iter().flat_map(<[Value; 2]>::from).collect();
    let pairs = vec((key, inner.clone()), 0..5).prop_map(flat).boxed();
    let fields = vec((field, inner), 0..5).prop_map(flat).boxed();
    let factory = one_of![Just(None), Just(Some("list")), Just(Some("int"))];
    let count = |children: &Vec<Value>| children.len() as u64 / 2;
    one_of![
        3 => pairs.clone().prop_map(move |all| node(Node::Dict(count(&all)), all)),
        1 => pairs.clone().prop_map(move |all| node(Node::OrderedDict(count(&all)), all)),
        1 => (factory, pairs).prop_map(move |(name, all)| node(Node::DefaultDict(name, count(&all)), all)),
        1 => (leaf::class(), fields.clone()).prop_map(move |((module, qualname), all)| {
            let class = ClassName { module: &module, qualname: &qualname };
            node(Node::Dataclass(class, count(&all)), all)
        }),
        1 => (leaf::class(), fields).prop_map(move |((module, qualname), all)| {
            let class = ClassName { module: &module, qualname: &qualname };
            node(Node::NamedTuple(class, count(&all)), all)
        }),
    ]
}

/// A list in which a mutable value stands three times; any other value as it is.
fn met_again(value: Value) -> Value {
    let is_mutable = matches!(
        value.node(),
        Node::List(_) | Node::Dict(_) | Node::Set(_) | Node::Array(..) | Node::Series(_) | Node::Frame(..)
    );
    if !is_mutable {
        return value;
    }
    // The list is node 0, its first item node 1.
    let again = || node(Node::Shared(1), Vec::new());
    Value::list(vec![value, again(), Value::tuple(vec![again()])])
}
