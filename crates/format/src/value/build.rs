//! Puts values together from nodes in the order of a manifest, without recursion.

use super::{Held, Value};

/// Nodes whose children are still coming.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<(Held, u64, Vec<Value>)>,
}

impl Builder {
    /// Takes the next node; the whole value when it was the last one missing.
    pub(super) fn push(&mut self, held: Held, child_count: u64) -> Option<Value> {
        if child_count > 0 {
            self.open.push((held, child_count, Vec::new()));
            return None;
        }
        let mut done = Value { held, children: Vec::new() };
        loop {
            let Some((_, child_count, children)) = self.open.last_mut() else { return Some(done) };
            children.push(done);
            if (children.len() as u64) < *child_count {
                return None;
            }
            let (held, _, children) = self.open.pop().expect("there is a last one");
            done = Value { held, children };
        }
    }
}
