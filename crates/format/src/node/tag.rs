//! The tags, in the order of docs/format.md. Numbers are never used again.

pub(crate) const SHARED: u64 = 0;
pub(crate) const KEY: u64 = 1;
pub(crate) const BIG_INT: u64 = 2;
pub(crate) const COMPLEX: u64 = 3;
pub(crate) const LONG_STR: u64 = 4;
pub(crate) const SURROGATE_STR: u64 = 5;
pub(crate) const LONG_BYTES: u64 = 6;
pub(crate) const BYTEARRAY: u64 = 7;
pub(crate) const LIST: u64 = 8;
pub(crate) const TUPLE: u64 = 9;
pub(crate) const SET: u64 = 10;
pub(crate) const FROZENSET: u64 = 11;
pub(crate) const DICT: u64 = 12;
pub(crate) const ORDERED_DICT: u64 = 13;
pub(crate) const DEFAULT_DICT: u64 = 14;
pub(crate) const DEQUE: u64 = 15;
pub(crate) const RANGE: u64 = 16;
pub(crate) const SLICE: u64 = 17;
pub(crate) const DECIMAL: u64 = 18;
pub(crate) const FRACTION: u64 = 19;
pub(crate) const UUID: u64 = 20;
pub(crate) const PATH: u64 = 21;
pub(crate) const DATE: u64 = 22;
pub(crate) const TIME: u64 = 23;
pub(crate) const DATETIME: u64 = 24;
pub(crate) const TIMEDELTA: u64 = 25;
pub(crate) const ZONE: u64 = 26;
pub(crate) const DATACLASS: u64 = 27;
pub(crate) const NAMED_TUPLE: u64 = 28;
pub(crate) const ENUM: u64 = 29;
pub(crate) const OPAQUE: u64 = 30;
pub(crate) const ELLIPSIS: u64 = 31;
pub(crate) const NUMPY_SCALAR: u64 = 32;
pub(crate) const ARRAY: u64 = 33;
pub(crate) const COLUMN_FIXED: u64 = 40;
pub(crate) const COLUMN_MASKED: u64 = 41;
pub(crate) const COLUMN_ZONED: u64 = 42;
pub(crate) const COLUMN_TEXT: u64 = 43;
pub(crate) const COLUMN_CATEGORY: u64 = 44;
pub(crate) const COLUMN_OBJECT: u64 = 45;
pub(crate) const INDEX: u64 = 50;
pub(crate) const RANGE_INDEX: u64 = 51;
pub(crate) const SERIES: u64 = 52;
pub(crate) const FRAME: u64 = 53;
pub(crate) const TIMESTAMP: u64 = 60;
pub(crate) const PANDAS_TIMEDELTA: u64 = 61;
pub(crate) const NAT: u64 = 62;
pub(crate) const NA: u64 = 63;

// Nodes that stand for themselves in CBOR have no tag; these never reach the bytes.
pub(crate) const BARE_NONE: u64 = u64::MAX;
pub(crate) const BARE_INT: u64 = u64::MAX - 1;
pub(crate) const BARE_TEXT: u64 = u64::MAX - 2;
/// bool, float, short bytes.
pub(crate) const BARE: u64 = u64::MAX - 3;
