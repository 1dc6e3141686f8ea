//! Built nodes: objects of libraries that are made of a few other nodes.
//!
//! One table says all there is to know of each kind: its tag, its name in
//! docs/format.md, what people call it, and which node stands at which place.
//! Writer, reader, [`Value`](crate::Value), summaries and the tests' arbitrary
//! values follow from it, so that a new kind is one row here, one there, and
//! the code at the door that takes the object apart and puts it together.

use crate::node::tag;

/// What a place of a built node asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Any value; a mutable one may be [`Node::Shared`](crate::Node::Shared).
    Any,
    /// An int.
    Int,
    /// A str.
    Text,
    /// A bool (a float or short bytes in its place are the door's to refuse).
    Flag,
    /// A tuple.
    Tuple,
    /// A dict.
    Dict,
    /// A NumPy array of a plain dtype.
    Array,
    /// A NumPy array of any dtype.
    AnyArray,
    /// Likewise, or None.
    Mask,
    /// A NumPy scalar.
    Scalar,
    /// An index of one level.
    Index,
    /// A column.
    Column,
    /// The memory of an Arrow array, without its type.
    Arrow,
    /// What the memory of an Arrow array is made of: an array, bytes, None, or that of a child.
    ArrowPart,
    /// The memory of the chunks of an Arrow array, without their type.
    Chunks,
    /// A polars series.
    Polars,
    /// An xarray Variable.
    Variable,
}

/// Where a built node may stand besides the places that take any value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Value,
    /// Nowhere else: it is no value without the node that asks for it.
    Part,
    /// Where an index may: it has rows.
    Index,
    /// Where a column may: it has rows, and an index over it and its dtype have names.
    Column {
        index: &'static str,
        dtype: &'static str,
    },
}

/// A row of the table.
struct Row {
    tag: u64,
    name: &'static str,
    kind: &'static str,
    place: Place,
    is_mutable: bool,
    /// What the first children are.
    first: &'static [Role],
    /// What the others are, over and over; empty when there are no others.
    rest: &'static [Role],
}

const VALUE: Place = Place::Value;
const PART: Place = Place::Part;

const fn column(index: &'static str, dtype: &'static str) -> Place {
    Place::Column { index, dtype }
}

macro_rules! built {
    ($($(#[$doc:meta])* $variant:ident = $tag:literal $name:literal $kind:literal $place:expr,
        $mutable:literal, [$($first:ident)*] [$($rest:ident)*];)+) => {
        /// A kind of built node: docs/format.md says what its children mean.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Built {
            $($(#[$doc])* $variant,)+
        }

        impl Built {
            /// Every kind, by tag.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => {
                        const ROW: Row = Row {
                            tag: $tag,
                            name: $name,
                            kind: $kind,
                            place: $place,
                            is_mutable: $mutable,
                            first: &[$(Role::$first),*],
                            rest: &[$(Role::$rest),*],
                        };
                        &ROW
                    })+
                }
            }

            pub(crate) fn from_tag(tag: u64) -> Option<Self> {
                match tag {
                    $($tag => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The kind of this name in docs/format.md.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

built! {
    /// A NumPy array of objects.
    ObjectArray = 70 "OBJECT_ARRAY" "ndarray" VALUE, true, [Tuple Flag Flag Column] [];
    /// A NumPy array of a structured dtype.
    StructuredArray = 71 "STRUCTURED_ARRAY" "ndarray" VALUE, true, [Tuple Array Flag] [];
    /// A NumPy scalar of a structured dtype.
    StructuredScalar = 72 "STRUCTURED_SCALAR" "void" VALUE, true, [Tuple Scalar Flag] [];
    /// A NumPy masked array.
    MaskedArray = 73 "MASKED_ARRAY" "MaskedArray" VALUE, true, [AnyArray Mask Mask Flag] [];
    /// `numpy.ma.masked`
    MaskedConstant = 74 "MASKED_CONSTANT" "MaskedConstant" VALUE, false, [] [];
    /// A NumPy array of `StringDType`.
    TextArray = 75 "TEXT_ARRAY" "ndarray" VALUE, true, [Tuple Flag Flag Flag Any Column] [];
    /// A pandas MultiIndex.
    MultiIndex = 76 "MULTI_INDEX" "MultiIndex" Place::Index, false, [Tuple Any] [Index Array];
    /// Periods.
    PeriodColumn = 77 "COLUMN_PERIOD" "PeriodArray" column("PeriodIndex", "period"), true, [Text Array] [];
    /// Intervals.
    IntervalColumn = 78 "COLUMN_INTERVAL" "IntervalArray" column("IntervalIndex", "interval"), true,
        [Text Index Index] [];
    /// Values most of which are the same.
    SparseColumn = 79 "COLUMN_SPARSE" "SparseArray" column("Index", "Sparse"), true, [Text Any AnyArray Array] [];
    /// Values of an Arrow type in pandas.
    ArrowColumn = 80 "COLUMN_ARROW" "ArrowExtensionArray" column("Index", "arrow"), true, [Tuple Arrow] [];
    /// A pandas Period.
    Period = 81 "PERIOD" "Period" VALUE, false, [Text Int] [];
    /// A pandas Interval.
    Interval = 82 "INTERVAL" "Interval" VALUE, false, [Text Any Any] [];
    /// A pandas offset.
    Offset = 83 "OFFSET" "DateOffset" VALUE, false, [Text] [];
    /// The memory of an Arrow array, without its type.
    ArrowData = 90 "ARROW_DATA" "Array" PART, false, [Int] [ArrowPart];
    /// The memory of the chunks of an Arrow array, without their type.
    ArrowChunks = 91 "ARROW_CHUNKS" "ChunkedArray" PART, false, [] [Arrow];
    /// An Arrow array.
    ArrowArray = 92 "ARROW_ARRAY" "pyarrow.Array" VALUE, false, [Tuple Arrow] [];
    /// An Arrow array in chunks.
    ArrowChunked = 93 "ARROW_CHUNKED" "pyarrow.ChunkedArray" VALUE, false, [Tuple Chunks] [];
    /// An Arrow record batch.
    ArrowBatch = 94 "ARROW_BATCH" "pyarrow.RecordBatch" VALUE, false, [Tuple Int] [Arrow];
    /// An Arrow table.
    ArrowTable = 95 "ARROW_TABLE" "pyarrow.Table" VALUE, false, [Tuple Int] [Chunks];
    /// One cell of an Arrow array.
    ArrowScalar = 96 "ARROW_SCALAR" "pyarrow.Scalar" VALUE, false, [Tuple Arrow] [];
    /// The type of an Arrow array.
    ArrowType = 97 "ARROW_TYPE" "pyarrow.DataType" VALUE, false, [Tuple] [];
    /// A field of an Arrow schema.
    ArrowField = 98 "ARROW_FIELD" "pyarrow.Field" VALUE, false, [Tuple] [];
    /// The schema of an Arrow table.
    ArrowSchema = 99 "ARROW_SCHEMA" "pyarrow.Schema" VALUE, false, [Tuple] [];
    /// A polars Series.
    PolarsSeries = 100 "POLARS_SERIES" "polars.Series" VALUE, true, [Text Tuple Arrow] [];
    /// A polars DataFrame.
    PolarsFrame = 101 "POLARS_FRAME" "polars.DataFrame" VALUE, true, [Int] [Polars];
    /// A scipy sparse matrix or array.
    ScipySparse = 110 "SCIPY_SPARSE" "scipy.sparse" VALUE, true, [Text Flag Tuple Flag] [Array];
    /// A plotly figure.
    PlotlyFigure = 120 "PLOTLY_FIGURE" "plotly.Figure" VALUE, true, [Dict Any] [];
    /// A part of an Altair chart, or the whole.
    AltairPart = 121 "ALTAIR_PART" "altair.Chart" VALUE, true, [Text Tuple Dict] [];
    /// What stands in an Altair chart where nothing was said.
    AltairUndefined = 122 "ALTAIR_UNDEFINED" "altair.Undefined" VALUE, false, [] [];
    /// An xarray Variable.
    XarrayVariable = 130 "XARRAY_VARIABLE" "xarray.Variable" VALUE, true, [Tuple Any Any Any] [];
    /// An xarray DataArray.
    XarrayArray = 131 "XARRAY_ARRAY" "xarray.DataArray" VALUE, true, [Any Variable Tuple] [Any Variable];
    /// An xarray Dataset.
    XarrayDataset = 132 "XARRAY_DATASET" "xarray.Dataset" VALUE, true, [Any Any Tuple] [Any Flag Variable];
}

impl Role {
    pub(crate) fn takes(self, child: u64) -> bool {
        let is_built = |kinds: &[Built]| kinds.iter().any(|built| built.tag() == child);
        let is_text_or =
            |other| matches!(child, tag::BARE_TEXT | tag::LONG_STR | tag::SURROGATE_STR) || other;
        let is_array = || {
            use Built::{MaskedArray, ObjectArray, StructuredArray, TextArray};
            child == tag::ARRAY || is_built(&[ObjectArray, StructuredArray, MaskedArray, TextArray])
        };
        match self {
            Self::Any => child != tag::KEY && !is_part(child),
            Self::Int => matches!(child, tag::BARE_INT | tag::BIG_INT),
            Self::Text => is_text_or(false),
            Self::Flag => child == tag::BARE,
            Self::Tuple => child == tag::TUPLE,
            Self::Dict => child == tag::DICT,
            Self::Array => child == tag::ARRAY,
            Self::AnyArray => is_array(),
            Self::Mask => child == tag::BARE_NONE || is_array(),
            Self::Scalar => child == tag::NUMPY_SCALAR,
            Self::Index => matches!(child, tag::INDEX | tag::RANGE_INDEX),
            Self::Column => is_column(child),
            Self::Arrow => is_built(&[Built::ArrowData]),
            Self::ArrowPart => {
                matches!(child, tag::ARRAY | tag::BARE_NONE | tag::BARE | tag::LONG_BYTES)
                    || is_built(&[Built::ArrowData])
            }
            Self::Chunks => is_built(&[Built::ArrowChunks]),
            Self::Polars => is_built(&[Built::PolarsSeries]),
            Self::Variable => is_built(&[Built::XarrayVariable]),
        }
    }
}

impl Built {
    /// Its name in docs/format.md.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What the place of a child asks for; none where there is no such place.
    pub fn role(self, place: u64) -> Option<Role> {
        let Row { first, rest, .. } = self.row();
        match usize::try_from(place).ok()?.checked_sub(first.len()) {
            None => first.get(place as usize).copied(),
            Some(later) => rest.get(later % rest.len().max(1)).copied(),
        }
    }

    /// Whether it can have so many children.
    pub fn takes_count(self, count: u64) -> bool {
        let Row { first, rest, .. } = self.row();
        match count.checked_sub(first.len() as u64) {
            Some(others) => others == 0 || !rest.is_empty() && others % rest.len() as u64 == 0,
            None => false,
        }
    }

    /// Whether its head says how many rows it has.
    pub fn has_rows(self) -> bool {
        self.is_column() || self.is_index()
    }

    /// Whether it is no value of its own, and stands only where it is asked for.
    pub fn is_part(self) -> bool {
        self.row().place == Place::Part
    }

    /// Whether it can stand where a column stands.
    pub fn is_column(self) -> bool {
        matches!(self.row().place, Place::Column { .. })
    }

    /// Whether it can stand where an index stands.
    pub fn is_index(self) -> bool {
        self.row().place == Place::Index
    }

    pub(crate) fn tag(self) -> u64 {
        self.row().tag
    }

    pub(crate) fn kind(self) -> &'static str {
        self.row().kind
    }

    pub(crate) fn place(self) -> Place {
        self.row().place
    }

    pub(crate) fn is_mutable(self) -> bool {
        self.row().is_mutable
    }
}

/// Whether nodes of this tag stand where a column does.
pub(crate) fn is_column(tag: u64) -> bool {
    matches!(tag, tag::COLUMN_FIXED..=tag::COLUMN_OBJECT)
        || Built::from_tag(tag).is_some_and(Built::is_column)
}

/// Whether nodes of this tag stand only in a built node that asks for them.
pub(crate) fn is_part(tag: u64) -> bool {
    Built::from_tag(tag).is_some_and(Built::is_part)
}

/// Whether nodes of this tag stand where an index does.
pub(crate) fn is_index(tag: u64) -> bool {
    matches!(tag, tag::INDEX | tag::RANGE_INDEX) || Built::from_tag(tag).is_some_and(Built::is_index)
}
