//! Goes over a value's nodes in order without recursion: compared, copied, shown and dropped so.

use std::fmt;

use super::Value;
use super::build::Builder;
use crate::Node;

/// The nodes of a value, parents before their children: the order of a manifest.
pub(super) struct Nodes<'a> {
    next: Vec<&'a Value>,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = &'a Value;

    fn next(&mut self) -> Option<&'a Value> {
        let value = self.next.pop()?;
        self.next.extend(value.children.iter().rev());
        Some(value)
    }
}

impl Value {
    /// The value and all below it, parents before their children.
    pub fn nodes(&self) -> impl Iterator<Item = &Self> {
        Nodes { next: vec![self] }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut others = other.nodes();
        let is_same = self.nodes().all(|value| others.next().is_some_and(|other| is_same_node(value, other)));
        is_same && others.next().is_none()
    }
}

impl Eq for Value {}

/// Nodes have as many children as they say, so values whose nodes are the same in order are the same.
fn is_same_node(value: &Value, other: &Value) -> bool {
    match (value.node(), other.node()) {
        (Node::Float(value), Node::Float(other)) => value.to_bits() == other.to_bits(),
        (Node::Complex(real, imaginary), Node::Complex(other_real, other_imaginary)) => {
            let bits = |real: f64, imaginary: f64| (real.to_bits(), imaginary.to_bits());
            bits(real, imaginary) == bits(other_real, other_imaginary)
        }
        (node, other) => node == other,
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        let mut builder = Builder::default();
        let mut nodes = self.nodes();
        let copy = nodes.find_map(|value| builder.push(value.held.clone(), value.children.len() as u64));
        copy.expect("a value has as many nodes as it has")
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let mut left = std::mem::take(&mut self.children);
        while let Some(mut value) = left.pop() {
            left.append(&mut value.children);
        }
    }
}

impl fmt::Debug for Value {
    /// The nodes in order; how many belong to each is in the node.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.nodes().map(Value::node)).finish()
    }
}
