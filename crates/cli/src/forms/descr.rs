//! What NumPy's file says of a dtype with fields: a list of them in Python's words, as `numpy.lib.format` does.
//!
//! A field is its name, or its title and name, its dtype, and the shape of its
//! subarray when it has one; bytes of no field are one without a name.

use std::fmt::Write;

use stillroom::{Integer, Node, Value};

/// A description of docs/format.md in NumPy's words; none for fields that lie across each other or out of
/// order, which NumPy itself has no such words for.
pub(super) fn of(dtype: &Value) -> Option<String> {
    list(dtype, DEPTH_MAX).map(|(_, descr)| descr)
}

/// Descriptions within descriptions: the format's own limit on containers is higher.
const DEPTH_MAX: usize = 64;

/// The bytes of an item, and the fields.
fn list(dtype: &Value, depth: usize) -> Option<(u64, String)> {
    let [item_size, _is_aligned, _has_records, fields] = dtype.children() else { return None };
    let item_size = count(item_size)?;
    let mut end = 0;
    let mut listed = Vec::new();
    for field in fields.children() {
        let [name, title, offset, shape, of] = field.children() else { return None };
        let gap = count(offset)?.checked_sub(end)?;
        listed.extend(padding(gap));
        let (size, descr) = plain(of).or_else(|| list(of, depth.checked_sub(1)?))?;
        let axes: Vec<u64> = shape.children().iter().map(count).collect::<Option<_>>()?;
        let size = axes.iter().try_fold(size, |size, len| size.checked_mul(*len))?;
        listed.push(entry(name.as_str()?, title.as_str(), &descr, &axes));
        end = end.checked_add(gap)?.checked_add(size)?;
    }
    listed.extend(padding(item_size.checked_sub(end)?));
    Some((item_size, format!("[{}]", listed.join(", "))))
}

/// The size and the text of a dtype without fields.
fn plain(dtype: &Value) -> Option<(u64, String)> {
    let text = dtype.as_str()?;
    let size = stillroom::Dtype::parse(text).ok()?.item_size();
    Some((size, format!("'{text}'")))
}

fn padding(gap: u64) -> Option<String> {
    (gap > 0).then(|| format!("('', '|V{gap}')"))
}

fn entry(name: &str, title: Option<&str>, descr: &str, axes: &[u64]) -> String {
    let name = match title {
        Some(title) => format!("({}, {})", quoted(title), quoted(name)),
        None => quoted(name),
    };
    let shape = match axes {
        [] => String::new(),
        axes => {
            let axes: String = axes.iter().map(|len| format!("{len},")).collect();
            format!(", ({axes})")
        }
    };
    format!("({name}, {descr}{shape})")
}

/// A text as Python writes it in ASCII, which every version of the file can hold.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for point in text.chars() {
        match point {
            '\'' | '\\' => quoted.extend(['\\', point]),
            ' '..='~' => quoted.push(point),
            _ => write!(quoted, "\\U{:08x}", u32::from(point)).expect("a String takes all"),
        }
    }
    quoted + "'"
}

fn count(value: &Value) -> Option<u64> {
    match value.node() {
        Node::Int(Integer::Small(count)) => u64::try_from(count).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(items: &[i64]) -> Value {
        Value::tuple(items.iter().copied().map(Value::int).collect())
    }

    fn field(name: &str, title: Value, offset: i64, shape: &[i64], dtype: Value) -> Value {
        Value::tuple(vec![Value::str(name), title, Value::int(offset), ints(shape), dtype])
    }

    fn described(item_size: i64, fields: Vec<Value>) -> Value {
        let flags = [Value::bool(false), Value::bool(false)];
        let [aligned, records] = flags;
        Value::tuple(vec![Value::int(item_size), aligned, records, Value::tuple(fields)])
    }

    #[test]
    fn fields_are_described_as_numpy_does() {
        let inner = described(9, vec![field("x", Value::none(), 0, &[], Value::str(">f8"))]);
        let dtype = described(
            32,
            vec![
                field("i", Value::none(), 0, &[], Value::str("|i1")),
                field("日'", Value::str("a day"), 4, &[2, 2], Value::str("<i2")),
                field("n", Value::none(), 12, &[], inner),
            ],
        );

        assert_eq!(
            of(&dtype).unwrap(),
            "[('i', '|i1'), ('', '|V3'), (('a day', '\\U000065e5\\''), '<i2', (2,2,)), \
             ('n', [('x', '>f8'), ('', '|V1')]), ('', '|V11')]"
        );
    }

    #[test]
    fn fields_that_lie_across_each_other_have_no_description() {
        let pair = |first, second, item_size| {
            let field = |name, offset| field(name, Value::none(), offset, &[], Value::str("<i4"));
            of(&described(item_size, vec![field("a", first), field("b", second)]))
        };

        assert!(pair(0, 4, 8).is_some());
        for (first, second, item_size) in [(4, 0, 8), (0, 2, 8), (0, 4, 6)] {
            assert_eq!(pair(first, second, item_size), None);
        }
    }
}
