"""Hypothesis strategies for NumPy's arrays and scalars."""

import numpy as np
from hypothesis import strategies as st
from values_python import evenly, hashables

DTYPES = [
    "?",
    "i1",
    ">i2",
    "<i4",
    "<i8",
    "u1",
    "<u2",
    ">u8",
    "<f2",
    "<f4",
    ">f4",
    "<f8",
    ">f8",
    "<c8",
    ">c16",
]
TIMES = ["<M8[s]", "<M8[ns]", ">M8[D]", "<M8[25s]", "<m8[us]", ">m8[h]"]
TEXTS = ["S3", "<U2", ">U3", "V5"]

seeds = st.integers(0, 2**32)
dtypes = evenly(*map(st.sampled_from, (DTYPES, TIMES, TEXTS)))
shapes = st.sampled_from(
    [(), (0,), (1,), (3,), (700,), (2, 3), (0, 4), (3, 0), (40, 30), (2, 3, 4)]
)


def bits(dtype: str, count: int, seed: int) -> np.ndarray:
    """`count` items of `dtype` with any bits that its items may have."""
    random = np.random.default_rng(seed)
    items = np.dtype(dtype)
    if items.kind == "b":
        return random.integers(0, 2, count).astype(bool)
    if items.kind == "U":
        letters = random.choice(["a", "\u00e4", "\U0001f600", "\ud800", ""], (count, 3))
        return np.array(["".join(row)[: items.itemsize // 4] for row in letters], items).reshape(
            count
        )
    return np.frombuffer(random.bytes(count * items.itemsize), items).copy()


@st.composite
def arrays(draw):
    shape = draw(shapes)
    array = bits(draw(dtypes), int(np.prod(shape)), draw(seeds))
    array = array.reshape(shape, order=draw(st.sampled_from("CF")))
    array.setflags(write=draw(st.booleans()))
    return array


numpy_scalars = st.builds(lambda dtype, seed: bits(dtype, 1, seed)[0], dtypes, seeds)


def objects(cells: list) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        array[place : place + 1].fill(cell)
    return array


@st.composite
def object_arrays(draw, cells=hashables):
    array = objects(draw(st.lists(cells, max_size=4)))
    shapes = [(len(array),), (1, len(array)), (len(array), 1)]
    shapes += [(2, 2)] * (len(array) == 4) + [()] * (len(array) == 1)
    array = array.reshape(draw(st.sampled_from(shapes)), order=draw(st.sampled_from("CF")))
    array.setflags(write=draw(st.booleans()))
    return array


# ---------------------------------------------------------------- fields

titles = st.one_of(st.none(), st.just("title of "))
plain_fields = dtypes.map(np.dtype).filter(lambda dtype: dtype.itemsize > 0)


@st.composite
def structures(draw, of=plain_fields):
    """A dtype with fields, aligned or packed, in order or not."""
    names = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=3, unique=True))
    fields = [
        (
            name if (title := draw(titles)) is None else (title + name, name),
            draw(of),
            draw(st.sampled_from([(), (2,), (1, 2)])),
        )
        for name in names
    ]
    dtype = np.dtype(fields, align=draw(st.booleans()))
    return np.dtype((np.record, dtype)) if draw(st.booleans()) else dtype


any_structure = st.one_of(structures(), structures(st.one_of(plain_fields, structures())))


def fill(array: np.ndarray, seed: int) -> None:
    """Gives every field any bits that its items may have."""
    if array.dtype.names is None:
        array[...] = bits(array.dtype.str, array.size, seed).reshape(array.shape)
        return
    for place, name in enumerate(array.dtype.names):
        fill(array[name], seed + place)


@st.composite
def structured_arrays(draw, structures=any_structure):
    shape = draw(st.sampled_from([(), (0,), (1,), (3,), (2, 3), (300,)]))
    array = np.zeros(shape, draw(structures), order=draw(st.sampled_from("CF")))
    fill(array, draw(seeds))
    array.setflags(write=draw(st.booleans()))
    return (
        array.view(np.recarray) if array.dtype.type is np.record and draw(st.booleans()) else array
    )


structured_scalars = (
    structured_arrays().filter(lambda array: array.size > 0).map(lambda a: a.flat[0])
)

# ---------------------------------------------------------------- masks


@st.composite
def masked_arrays(draw):
    # NumPy has no fill value for some dates in fields.
    numbers = structures(st.sampled_from(DTYPES).map(np.dtype))
    data = draw(evenly(arrays(), structured_arrays(numbers), object_arrays()))
    mask = np.ma.nomask
    if draw(st.booleans()):
        dtype = np.ma.make_mask_descr(data.dtype)
        mask = np.full(data.shape, draw(st.booleans()), dtype)
        if mask.dtype == bool:
            mask.reshape(-1)[::2] = draw(st.booleans())
    array = np.ma.MaskedArray(data, mask, hard_mask=draw(st.booleans()))
    if draw(st.booleans()) and data.size and data.dtype.kind not in "V":
        array.fill_value = np.asarray(data).reshape(-1)[:1].reshape(())
    return array


# ---------------------------------------------------------------- StringDType

if hasattr(np.dtypes, "StringDType"):
    MISSING = [..., None, float("nan"), "nothing", 7]

    @st.composite
    def text_arrays(draw):
        missing = draw(st.sampled_from(MISSING))
        named = {} if missing is ... else {"na_object": missing}
        cells = draw(st.lists(st.text(max_size=5), max_size=4))
        array = np.array(cells, dtype=np.dtypes.StringDType(coerce=draw(st.booleans()), **named))
        if missing is not ... and len(array):
            array[draw(st.integers(0, len(array) - 1))] = missing
        array = array.reshape(draw(st.sampled_from([(-1,), (1, -1)])), order="F")
        array.setflags(write=draw(st.booleans()))
        return array

    built_arrays = evenly(structured_arrays(), masked_arrays(), object_arrays(), text_arrays())
else:
    built_arrays = evenly(structured_arrays(), masked_arrays(), object_arrays())
