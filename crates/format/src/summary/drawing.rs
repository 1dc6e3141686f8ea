//! Walks the nodes and keeps what fits: which to open, which to close, when to stop.

use std::collections::HashMap;

use super::leaf;
use super::part::{self, Part};
use crate::{Buffer, Built, Column, Node, Payload};

/// Containers within containers that are opened.
const MAX_DEPTH: usize = 8;
/// Pictures of shared nodes up to this length are shown again where the node is met again.
const MAX_KNOWN_LEN: usize = 2048;
/// What a container's own marks and words take, about.
const OPEN_COST: usize = 24;

/// A picture being drawn.
pub(super) struct Drawing<'a> {
    pub(super) buffers: &'a [Buffer],
    budget: usize,
    spent: usize,
    open: Vec<Open<'a>>,
    known: HashMap<u32, Part<'a>>,
    root: Option<Part<'a>>,
}

/// A node whose children are still coming.
struct Open<'a> {
    node: Node<'a>,
    number: Option<u32>,
    remaining: u64,
    parts: Vec<Part<'a>>,
    /// Whether a child was left out: all after it are too, so that what is shown is a beginning.
    is_full: bool,
    mode: Mode,
    /// How far `spent` may go for its children.
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Shown with its children.
    Open,
    /// Shown by its type and shape.
    Closed,
    /// Not shown.
    Hidden,
}

impl Open<'_> {
    fn is_at_labels(&self) -> bool {
        matches!(self.node, Node::Frame(..)) && self.parts.len() == 1
    }

    fn is_levels(&self) -> bool {
        matches!(self.node, Node::Built { built: Built::MultiIndex, .. })
    }

    fn is_index(&self) -> bool {
        matches!(self.node, Node::Index(_))
    }
}

impl<'a> Drawing<'a> {
    pub(super) fn new(buffers: &'a [Buffer], budget: usize) -> Self {
        Self { buffers, budget, spent: 0, open: Vec::new(), known: HashMap::new(), root: None }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.root.is_some()
    }

    /// The longest text shown, in characters.
    pub(super) fn text_max(&self) -> usize {
        self.budget / 12 + 8
    }

    /// The most columns shown of a frame.
    pub(super) fn column_max(&self) -> usize {
        self.budget / 192
    }

    /// Takes the next node; `number` is the one by which it may be met again.
    pub(super) fn take(&mut self, node: Node<'a>, number: Option<u32>) {
        let mode = self.mode(&node);
        let remaining = node.child_count();
        if remaining > 0 {
            let limit = self.child_limit(&node);
            self.spent += if mode == Mode::Open { OPEN_COST } else { 0 };
            let parts = Vec::new();
            self.open.push(Open { node, number, remaining, parts, is_full: false, mode, limit });
            return;
        }
        let part = (mode != Mode::Hidden).then(|| self.leaf(&node));
        if let Some(part) = &part {
            self.spent += part.len() + 2;
        }
        self.deliver(part, number);
    }

    fn leaf(&self, node: &Node<'a>) -> Part<'a> {
        match node {
            Node::Shared(number) => self.known.get(number).cloned().unwrap_or_else(|| part::left_out(node)),
            Node::Column(column) if self.is_labels() => part::labels(self, column),
            Node::Array(head, Payload::Inline(items)) if self.is_codes() => {
                part::codes(self, node, head, items)
            }
            _ => leaf::draw(self, node),
        }
    }

    /// Whether the next node is the column of a frame's column labels, or of a level of them.
    fn is_labels(&self) -> bool {
        match self.open.as_slice() {
            [.., frame, levels, index] if levels.is_levels() => frame.is_at_labels() && index.is_index(),
            [.., frame, index] => frame.is_at_labels() && index.is_index(),
            _ => false,
        }
    }

    /// Whether the next node is the codes of a level of a frame's column labels.
    fn is_codes(&self) -> bool {
        matches!(self.open.as_slice(), [.., frame, levels] if frame.is_at_labels() && levels.is_levels())
    }

    fn mode(&self, node: &Node<'a>) -> Mode {
        let Some(parent) = self.open.last() else { return Mode::Open };
        if parent.mode != Mode::Open || parent.is_full {
            return Mode::Hidden;
        }
        if part::is_built(&parent.node) {
            return self.slot_mode(parent, node);
        }
        match () {
            () if self.spent >= parent.limit => Mode::Hidden,
            () if self.open.len() >= MAX_DEPTH => Mode::Closed,
            () => Mode::Open,
        }
    }

    /// The parts of a built node are few and all needed, but for many columns, and cells and attrs.
    fn slot_mode(&self, parent: &Open<'a>, node: &Node<'a>) -> Mode {
        let is_cells = matches!(node, Node::Column(Column::Object { .. })) && !self.is_labels();
        let is_attrs = match parent.node {
            Node::Frame(..) => parent.parts.len() == 2,
            Node::Series(_) => parent.parts.len() == 3,
            _ => false,
        };
        // What an Arrow array lies in says nothing beyond its length, which comes first.
        let is_memory = matches!(parent.node, Node::Built { built: Built::ArrowData, .. });
        match () {
            () if is_memory && !parent.parts.is_empty() => Mode::Hidden,
            () if parent.parts.len() >= 3 + self.column_max() => Mode::Hidden,
            () if is_cells || is_attrs => Mode::Closed,
            () => Mode::Open,
        }
    }

    /// A child may take half of what is left, so that what comes after a large one is shown too.
    fn child_limit(&self, node: &Node<'a>) -> usize {
        match self.open.last() {
            None => self.budget,
            Some(parent) if part::is_built(node) => parent.limit,
            Some(parent) => self.spent + parent.limit.saturating_sub(self.spent) / 2,
        }
    }

    /// Gives a finished part to its parent, and each parent that it completes to the next.
    fn deliver(&mut self, mut part: Option<Part<'a>>, mut number: Option<u32>) {
        loop {
            self.remember(number, part.as_ref());
            let Some(parent) = self.open.last_mut() else {
                self.root = part;
                return;
            };
            parent.remaining = parent.remaining.saturating_sub(1);
            match part {
                Some(part) => parent.parts.push(part),
                None => parent.is_full = true,
            }
            if parent.remaining > 0 {
                return;
            }
            let done = self.open.pop().expect("there is a last one");
            number = done.number;
            part = self.assemble(done);
        }
    }

    fn assemble(&mut self, done: Open<'a>) -> Option<Part<'a>> {
        match done.mode {
            Mode::Open => Some(part::assemble(self, &done.node, done.parts)),
            Mode::Closed => {
                let part = part::closed(self, &done.node);
                self.spent += part.len() + 2;
                Some(part)
            }
            Mode::Hidden => None,
        }
    }

    fn remember(&mut self, number: Option<u32>, part: Option<&Part<'a>>) {
        if let (Some(number), Some(part)) = (number, part)
            && part.len() <= MAX_KNOWN_LEN
        {
            self.known.insert(number, part.clone());
        }
    }

    /// The picture, of what was taken so far when that is not all.
    pub(super) fn finish(mut self) -> Part<'a> {
        while self.root.is_none() {
            // A tree has a root before it has anything else, so one is open here.
            let Some(last) = self.open.pop() else { break };
            let (number, part) = (last.number, self.assemble(last));
            if let Some(parent) = self.open.last_mut() {
                parent.remaining = 1;
            }
            self.deliver(part, number);
        }
        self.root.unwrap_or_else(|| part::left_out(&Node::None))
    }
}
