//! Where in a value something is, as a person would write it: `results["cv"][3].model`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyTuple};

/// Steps shown of a path before and after the `…` of a very deep one.
const SHOWN: usize = 16;
/// Characters shown of a key.
const KEY_CHARS: usize = 60;

/// One step into a value.
#[derive(Debug)]
pub(crate) enum Step<'py> {
    /// `[3]`
    Item(usize),
    /// `["cv"]`
    Key(Bound<'py, PyAny>),
    /// `.model`
    Attribute(String),
    /// The key itself, of the pair at this place: `.keys()[2]`
    KeyAt(usize),
    /// A member of a set: `{…}`
    Member,
    /// The cells of an array of this shape, the last axis fastest or the first: the item after it is one of
    /// them.
    Grid(Vec<usize>, bool),
    /// A part of the object that has no spelling of its own.
    Part,
}

impl Step<'_> {
    fn spell(&self) -> String {
        match self {
            Self::Item(at) => format!("[{at}]"),
            Self::Key(key) => format!("[{}]", spell_key(key)),
            Self::Attribute(name) => format!(".{name}"),
            Self::KeyAt(at) => format!(".keys()[{at}]"),
            Self::Member => "{…}".to_owned(),
            Self::Grid(..) | Self::Part => String::new(),
        }
    }

    /// The item of a grid that this is, when it is one.
    fn place_in(&self, grid: &Self) -> Option<String> {
        let (Self::Item(at), Self::Grid(shape, is_fortran)) = (self, grid) else { return None };
        let mut rest = *at;
        let mut take = |axis: &usize| {
            let place = rest % axis.max(&1);
            rest /= axis.max(&1);
            place.to_string()
        };
        let mut places: Vec<String> = match is_fortran {
            true => shape.iter().map(&mut take).collect(),
            false => shape.iter().rev().map(&mut take).collect(),
        };
        if !is_fortran {
            places.reverse();
        }
        Some(format!("[{}]", if places.is_empty() { "()".to_owned() } else { places.join(", ") }))
    }
}

/// The path from `root` along `steps`; the middle of a very deep one is left out.
pub(crate) fn spell<'s, 'py: 's>(root: &str, steps: impl ExactSizeIterator<Item = Step<'py>>) -> String {
    let count = steps.len();
    let mut path = root.to_owned();
    let mut last = Step::Part;
    for (at, step) in steps.enumerate() {
        if count <= 2 * SHOWN || at < SHOWN || at >= count - SHOWN {
            path.push_str(&step.place_in(&last).unwrap_or_else(|| step.spell()));
        } else if at == SHOWN {
            path.push('…');
        }
        last = step;
    }
    path
}

/// A key as it is written in code. Of a class of the app only the class is named: its repr is its own code.
fn spell_key(key: &Bound<'_, PyAny>) -> String {
    if let Ok(text) = key.cast_exact::<PyString>() {
        let text = text.to_string_lossy();
        let short: String = text.chars().take(KEY_CHARS).collect();
        let end = if short.len() < text.len() { "…" } else { "" };
        return format!("\"{}{end}\"", short.escape_debug());
    }
    if is_plain(key) {
        return key.to_string();
    }
    if let Ok(tuple) = key.cast_exact::<PyTuple>() {
        let items: Vec<String> = tuple.iter_borrowed().map(|item| spell_key(&item)).collect();
        return format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" });
    }
    format!("<{}>", key.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string()))
}

fn is_plain(key: &Bound<'_, PyAny>) -> bool {
    let is_number = key.is_exact_instance_of::<PyFloat>() || key.is_exact_instance_of::<PyBool>();
    let is_small_int = key.is_exact_instance_of::<PyInt>() && key.extract::<i64>().is_ok();
    key.is_none() || is_number || is_small_int
}
