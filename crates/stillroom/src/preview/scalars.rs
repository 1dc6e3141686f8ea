//! The single values of a value: its own, those of a dict or record, and of those right within it.
//!
//! Read node by node from the manifest alone. Nothing is built but what is
//! shown, and a value of millions of parts is looked at for milliseconds.

use stillroom_format::{FormatError, Limits, Manifest, Node, Reader, Value};

use super::clip;

/// Scalars told, at most.
const SCALARS_MAX: usize = 24;
/// Dicts within one another that are looked into.
const DEPTH_MAX: usize = 2;
/// Nodes looked at, at most: some milliseconds.
const NODES_MAX: usize = 200_000;
/// Nodes of a scalar, at most: an interval between timestamps in a zone has seven.
const SCALAR_NODES: usize = 8;

/// A single value.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownScalar {
    /// The keys that lead to it; none for the value itself.
    pub path: Vec<String>,
    /// As Python prints it; a text as it is.
    pub text: String,
    /// Its number, as near as a float64 comes; none for NaN and for what is no real number.
    pub number: Option<f64>,
}

/// The first scalars of a value, in its order; texts of at most `chars` characters.
pub(super) fn scalars(manifest: &Manifest, chars: usize) -> Result<Vec<ShownScalar>, FormatError> {
    let reader = Reader::new(manifest, Limits::default());
    let mut walk = Walk { reader, nodes: 0, chars, path: Vec::new(), found: Vec::new() };
    match walk.part() {
        Ok(()) | Err(Stop::Enough) => Ok(walk.found),
        Err(Stop::Broken(error)) => Err(error),
    }
}

/// Why a walk ends before its value.
enum Stop {
    Enough,
    Broken(FormatError),
}

impl From<FormatError> for Stop {
    fn from(error: FormatError) -> Self {
        Self::Broken(error)
    }
}

struct Walk<'a> {
    reader: Reader<'a>,
    nodes: usize,
    chars: usize,
    path: Vec<String>,
    found: Vec<ShownScalar>,
}

impl<'a> Walk<'a> {
    fn node(&mut self) -> Result<Node<'a>, Stop> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(Stop::Enough) } else { Ok(self.reader.node()?) }
    }

    /// The next part: a scalar is told, pairs are looked into, all else is read past.
    ///
    /// Calls itself for the pairs, as deep as it looks into them.
    fn part(&mut self) -> Result<(), Stop> {
        let node = self.node()?;
        if has_pairs(&node) && self.path.len() < DEPTH_MAX {
            for _ in 0..node.child_count() / 2 {
                let key = self.node()?;
                let key = self.small(key)?.map(|key| clip(&key.brief(), self.chars));
                self.path.push(key.unwrap_or_else(|| "…".to_owned()));
                self.part()?;
                self.path.pop();
            }
        } else if let Some(value) = self.small(node)? {
            self.tell(&value)?;
        }
        Ok(())
    }

    fn tell(&mut self, value: &Value) -> Result<(), Stop> {
        let Some(text) = value.scalar_text() else { return Ok(()) };
        let (text, number) = (clip(&text, self.chars), value.scalar_number());
        self.found.push(ShownScalar { path: self.path.clone(), text, number });
        if self.found.len() == SCALARS_MAX { Err(Stop::Enough) } else { Ok(()) }
    }

    /// What a node begins, as a value of its own; none when that has many parts or lies in a buffer.
    fn small(&mut self, node: Node<'a>) -> Result<Option<Value>, Stop> {
        let mut left = node.child_count();
        let mut nodes = vec![node];
        let mut is_small = true;
        while left > 0 {
            let node = self.node()?;
            left = left - 1 + node.child_count();
            is_small &= nodes.len() < SCALAR_NODES;
            if is_small {
                nodes.push(node);
            }
        }
        Ok(if is_small { build(nodes) } else { None })
    }
}

fn has_pairs(node: &Node<'_>) -> bool {
    matches!(
        node,
        Node::Dict(_)
            | Node::OrderedDict(_)
            | Node::DefaultDict(..)
            | Node::Dataclass(..)
            | Node::NamedTuple(..)
    )
}

/// A value from its nodes in their order; none when one of them names a buffer.
fn build(nodes: Vec<Node<'_>>) -> Option<Value> {
    let mut built: Vec<Value> = Vec::new();
    for node in nodes.into_iter().rev() {
        // The last ones built are the first children.
        let count = usize::try_from(node.child_count()).ok()?;
        let rest = built.len().checked_sub(count)?;
        let children = built.split_off(rest).into_iter().rev().collect();
        built.push(Value::new(node, children).ok()?);
    }
    built.pop()
}
