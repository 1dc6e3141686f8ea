//! Pictures of nodes without children.

use serde_json::{Value as Json, json};

use super::built;
use super::drawing::Drawing;
use super::part::{Part, closed};
use crate::show::item::{self, Item};
use crate::show::{names, short, time};
use crate::{Dtype, Integer, Node, OpaqueHead, Payload, Text};

/// The picture of a node that has no children.
pub(super) fn draw<'a>(drawing: &Drawing<'a>, node: &Node<'a>) -> Part<'a> {
    let max = drawing.text_max();
    let json = match node {
        Node::None | Node::NaT | Node::Na => Json::Null,
        Node::Bool(value) => json!(value),
        Node::Int(Integer::Small(value)) => json!(value),
        Node::Int(Integer::Unsigned(value)) => json!(value),
        Node::Int(Integer::Negative(value)) => json!((-1 - i128::from(*value)).to_string()),
        Node::Int(int @ Integer::Big { .. }) => {
            json!({"type": "int", "bits": names::bit_count(int, |payload| drawing.payload_len(payload))})
        }
        Node::Float(value) => json!(value),
        Node::Complex(real, imaginary) => json!({"type": "complex", "real": real, "imag": imaginary}),
        Node::Str(Text::Inline(text)) | Node::Key(_, text) => json!(short(text, max)),
        Node::Str(Text::Long(Payload::Inline(bytes)) | Text::Surrogates(Payload::Inline(bytes))) => {
            json!(short(&String::from_utf8_lossy(bytes), max))
        }
        Node::Ellipsis => json!("Ellipsis"),
        Node::Uuid(bytes, _) => json!(item::uuid_text(bytes)),
        Node::Date(year, month, day) => json!(time::date(*year, *month, *day)),
        Node::TimeDelta(days, seconds, us) => json!(time::timedelta(*days, *seconds, *us)),
        Node::PandasTimedelta(count, unit) => json!(time::duration(*count, Some(unit))),
        Node::Zone(zone) => return Part::zone(node, *zone, json!(short(&time::zone_name(zone), max))),
        Node::Enum(_, names) => json!(short(&names.join("|"), max)),
        Node::NumpyScalar(dtype, bytes) => scalar(dtype, bytes, max),
        Node::Opaque(head) => return opaque(drawing, node, head),
        Node::Built { built, .. } => return built::assemble(drawing, node, *built, &[]),
        Node::Array(head, _) => {
            return closed(drawing, node).with("dtype", json!(names::dtype(&head.dtype)));
        }
        Node::List(_) | Node::Tuple(_) | Node::Set(_) | Node::FrozenSet(_) | Node::Deque(..) => json!([]),
        Node::Dict(_) | Node::OrderedDict(_) | Node::DefaultDict(..) => json!({}),
        Node::Dataclass(..) | Node::NamedTuple(..) => json!({}),
        _ => return closed(drawing, node),
    };
    Part::new(drawing, node, json)
}

fn opaque<'a>(drawing: &Drawing<'a>, node: &Node<'a>, head: &OpaqueHead<'a>) -> Part<'a> {
    let buffers = head.buffers.iter().map(|(payload, _)| drawing.payload_len(*payload));
    let len = buffers.fold(drawing.payload_len(head.pickle), u64::saturating_add);
    let versions: serde_json::Map<_, _> = head
        .versions
        .iter()
        .take(16)
        .map(|(name, version)| (short(name, 64), json!(short(version, 64))))
        .collect();
    closed(drawing, node).with("bytes", json!(len)).with("versions", Json::Object(versions))
}

/// A NumPy scalar.
fn scalar(dtype: &Dtype, bytes: &[u8], text_max: usize) -> Json {
    match Item::read(dtype, bytes) {
        Item::Bool(value) => json!(value),
        Item::Int(value) => json!(value),
        Item::Uint(value) => json!(value),
        // A float32's own digits: widened, 0.1 would be shown as 0.10000000149011612.
        Item::Float(value, text) => json!(text.parse().unwrap_or(value)),
        Item::Complex(real, imaginary) => json!({"type": "complex", "real": real, "imag": imaginary}),
        Item::Text(text) => json!(short(&text, text_max)),
        Item::Bytes(bytes) => json!(short(&item::bytes_text(&bytes), text_max)),
        Item::Missing => Json::Null,
    }
}
