//! The closed set of nodes a tree is made of, and the tag of each.
//!
//! A scalar that CBOR has stands for itself. Everything else is a CBOR array
//! that begins with a tag, and so is every list and dict: no user data can look
//! like a tag. A node that holds others says how many; they follow it.

pub(crate) mod built;
mod facts;
pub(crate) mod tag;

pub use built::{Built, Role};
pub(crate) use facts::range_len;

use crate::Dtype;

/// Where a leaf's bytes are: in the tree, or in a buffer of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// Under 4 KiB: here.
    Inline(&'a [u8]),
    /// 4 KiB and more: [`Manifest::buffers`](crate::Manifest::buffers) at this place.
    Buffer(u32),
}

/// An integer of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integer<'a> {
    /// Within 64 signed bits.
    Small(i64),
    /// Within 64 unsigned bits, above `i64::MAX`.
    Unsigned(u64),
    /// `-1 - n`, below `i64::MIN`.
    Negative(u64),
    /// Any other: the magnitude's bytes, big-endian, without leading zeros.
    Big {
        /// Whether the integer is below zero.
        negative: bool,
        /// The magnitude, big-endian.
        magnitude: Payload<'a>,
    },
}

/// A str.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text<'a> {
    /// Short, here.
    Inline(&'a str),
    /// UTF-8 in a leaf.
    Long(Payload<'a>),
    /// With lone surrogates: Python's `surrogatepass` bytes.
    Surrogates(Payload<'a>),
}

/// A class by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassName<'a> {
    /// `__module__`
    pub module: &'a str,
    /// `__qualname__`
    pub qualname: &'a str,
}

/// Which of pathlib's classes a path was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFlavour {
    /// `PurePosixPath`
    PurePosix,
    /// `PureWindowsPath`
    PureWindows,
    /// `PosixPath`
    Posix,
    /// `WindowsPath`
    Windows,
}

/// The fields of a date and time of day; a zone, or none, follows as a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of Python's datetime")]
pub struct DateTime {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub microsecond: u32,
    pub fold: bool,
}

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone<'a> {
    /// `datetime.timezone`: the offset in microseconds east, and the name when it was given one.
    Fixed {
        /// Microseconds east of UTC, less than a day either way.
        offset_us: i64,
        /// The name, when the zone has one of its own.
        name: Option<&'a str>,
    },
    /// `datetime.timezone.utc`
    Utc,
    /// `zoneinfo.ZoneInfo` by key.
    Region(&'a str),
    /// `pytz.timezone` by name, as pandas before 3 made them.
    Pytz(&'a str),
    /// `pytz.FixedOffset` in minutes.
    PytzFixed(i64),
}

/// An opaque Python object: pickle bytes and their out-of-band buffers. Only ever opened when signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpaqueHead<'a> {
    /// Its class.
    pub class: ClassName<'a>,
    /// Pickle protocol 5.
    pub pickle: Payload<'a>,
    /// Out-of-band buffers in order; whether each was read-only.
    pub buffers: Vec<(Payload<'a>, bool)>,
    /// Library names with the version that made the object.
    pub versions: Vec<(&'a str, &'a str)>,
}

/// How an array's items lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryOrder {
    /// Last axis fastest.
    C,
    /// First axis fastest.
    Fortran,
}

/// A NumPy array of a plain dtype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayHead {
    /// Of the items.
    pub dtype: Dtype,
    /// Items along each axis; empty for a 0-d array.
    pub shape: Vec<u64>,
    /// How the items lie.
    pub order: MemoryOrder,
    /// NumPy's `flags.writeable`.
    pub is_writeable: bool,
}

/// What a text column was in pandas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFlavour {
    /// dtype `object`, every cell a str or the one kind of missing.
    Object,
    /// `StringDtype("python")`, missing is `pd.NA`.
    PythonNa,
    /// `StringDtype("pyarrow")`, missing is `pd.NA`.
    PyarrowNa,
    /// `StringDtype("python", na_value=nan)`: pandas 3's `str`.
    PythonNan,
    /// `StringDtype("pyarrow", na_value=nan)`: pandas 3's `str`.
    PyarrowNan,
}

/// What stands in the missing cells of a text column of dtype `object`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingCell {
    /// `None`, or no cell is missing.
    None,
    /// `float("nan")` with NumPy's bits.
    Nan,
    /// `pd.NA`
    Na,
    /// `pd.NaT`
    Nat,
}

/// One-dimensional values with Arrow's physical layout, as a frame's columns and an index hold them.
///
/// A validity is a bitmap, least significant bit first, 1 where a value is; none when nothing is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column<'a> {
    /// A NumPy array of a plain dtype.
    Fixed {
        /// Of the items.
        dtype: Dtype,
        /// How many.
        row_count: u64,
        /// `row_count` items.
        values: Payload<'a>,
    },
    /// A nullable extension array (`Int64`, `Float32`, `boolean`).
    Masked {
        /// Of the items.
        dtype: Dtype,
        /// How many.
        row_count: u64,
        /// `row_count` items, those under a null as they were.
        values: Payload<'a>,
        /// Bitmap of `row_count` bits.
        validity: Option<Payload<'a>>,
    },
    /// Datetimes with a zone, which follows as a child: int64 counts of the unit since 1970 UTC.
    Zoned {
        /// `s`, `ms`, `us` or `ns`.
        unit: &'a str,
        /// How many.
        row_count: u64,
        /// `row_count` little-endian int64; NaT is the least.
        values: Payload<'a>,
    },
    /// Strings.
    Text {
        /// What it was in pandas.
        flavour: TextFlavour,
        /// What stands in missing cells.
        missing: MissingCell,
        /// Whether the text is `surrogatepass` bytes.
        has_surrogates: bool,
        /// How many.
        row_count: u64,
        /// `row_count` little-endian u32: each string's length in bytes, 0 where missing.
        lengths: Payload<'a>,
        /// All strings one after another, UTF-8.
        text: Payload<'a>,
        /// Bitmap of `row_count` bits.
        validity: Option<Payload<'a>>,
    },
    /// A categorical; its categories follow as an index.
    Category {
        /// Of the codes: `|i1`, `<i2`, `<i4` or `<i8`.
        dtype: Dtype,
        /// Whether the categories are ordered.
        is_ordered: bool,
        /// How many.
        row_count: u64,
        /// `row_count` codes, -1 where missing.
        codes: Payload<'a>,
    },
    /// Cells of any kind, which follow as children.
    Object {
        /// How many.
        row_count: u64,
    },
}

/// One node, read. Counts say how many nodes follow as its children.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// None.
    None,
    /// bool.
    Bool(bool),
    /// int.
    Int(Integer<'a>),
    /// float, by its bits.
    Float(f64),
    /// complex: real, imaginary.
    Complex(f64, f64),
    /// str.
    Str(Text<'a>),
    /// A str that stands as a dict's key: its number in the table of keys, and itself.
    Key(u32, &'a str),
    /// bytes.
    Bytes(Payload<'a>),
    /// bytearray.
    ByteArray(Payload<'a>),
    /// `...`
    Ellipsis,
    /// The mutable node of this number again.
    Shared(u32),
    /// list of n.
    List(u64),
    /// tuple of n.
    Tuple(u64),
    /// set of n, in the order of their encoded bytes.
    Set(u64),
    /// frozenset of n, likewise.
    FrozenSet(u64),
    /// dict of n pairs: key, value, key, value, …
    Dict(u64),
    /// OrderedDict of n pairs.
    OrderedDict(u64),
    /// defaultdict: its factory's name among the built-ins, n pairs.
    DefaultDict(Option<&'a str>, u64),
    /// deque: maximum length, n items.
    Deque(Option<u64>, u64),
    /// range: 3 ints follow.
    Range,
    /// slice: 3 nodes follow.
    Slice,
    /// Decimal: its str follows.
    Decimal,
    /// Fraction: numerator and denominator follow.
    Fraction,
    /// UUID: its bytes, and `is_safe` as Python's enum has it, none when unknown.
    Uuid([u8; 16], Option<i8>),
    /// A path: its str follows.
    Path(PathFlavour),
    /// date: year, month, day.
    Date(u16, u8, u8),
    /// time of day (year, month, day are 0); a zone or none follows.
    Time(DateTime),
    /// datetime; a zone or none follows.
    DateTime(DateTime),
    /// timedelta: days, seconds, microseconds, as Python keeps them.
    TimeDelta(i64, u32, u32),
    /// A time zone.
    Zone(Zone<'a>),
    /// A dataclass of n fields: name, value, name, value, …
    Dataclass(ClassName<'a>, u64),
    /// A namedtuple of n fields: name, value, …
    NamedTuple(ClassName<'a>, u64),
    /// An Enum member by name; a Flag may be of several or none.
    Enum(ClassName<'a>, Vec<&'a str>),
    /// An opaque Python object.
    Opaque(OpaqueHead<'a>),
    /// A NumPy scalar: dtype and the bytes of one item.
    NumpyScalar(Dtype, &'a [u8]),
    /// A NumPy array.
    Array(ArrayHead, Payload<'a>),
    /// An extension array on its own, or the values of what it stands in.
    Column(Column<'a>),
    /// A pandas Index: `freq` when it has one; its name and a column follow.
    Index(Option<&'a str>),
    /// RangeIndex: start, stop, step; its name follows.
    RangeIndex(i64, i64, i64),
    /// Series: whether duplicate labels are allowed; name, index, column, attrs (a dict or none) follow.
    Series(bool),
    /// DataFrame: rows, columns, whether duplicate labels are allowed; index, column labels (an index),
    /// attrs (a dict or none), then each column follow.
    Frame(u64, u64, bool),
    /// pandas Timestamp: count of the unit since 1970 UTC, unit, fold; a zone or none follows.
    Timestamp(i64, &'a str, bool),
    /// pandas Timedelta: count of the unit, unit.
    PandasTimedelta(i64, &'a str),
    /// `pd.NaT`
    NaT,
    /// `pd.NA`
    Na,
    /// An object of a library, made of the `count` nodes that follow.
    Built {
        /// Which kind.
        built: Built,
        /// How many rows it has, when it stands as a column or index; else 0.
        row_count: u64,
        /// How many nodes follow.
        count: u64,
    },
}
