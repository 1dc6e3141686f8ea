"""scipy's sparse arrays and matrices of every format, as they are: unsorted, with duplicates, with zeros."""

import numpy as np
import pytest
from forge import array, built, manifest
from roundtrip import refuse, round_trip
from scipy import sparse
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode, encode

FAMILY = Family("scipy", "sparse arrays and matrices")

DENSE = np.array([[1.0, 0, 2, 0], [0, -0.0, 0, 3]])
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")
DTYPES = ("?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8", "<c8", "<c16")


def made(form: str, kind: str, *arguments: object, **named: object) -> sparse.sparray:
    return getattr(sparse, f"{form}_{kind}")(*arguments, **named)


def wide(form: str) -> sparse.sparray:
    """An array whose indices are of 64 bits, though 32 would do."""
    narrow = made(form, "array", DENSE)
    for name in ("indices", "indptr", "offsets"):
        if hasattr(narrow, name):
            setattr(narrow, name, getattr(narrow, name).astype("i8"))
    if form == "coo":
        narrow.coords = tuple(axis.astype("i8") for axis in narrow.coords)
    return narrow


def unsorted() -> sparse.csr_array:
    return sparse.csr_array(
        (np.array([1.0, 2, 3]), np.array([2, 0, 2]), np.array([0, 2, 3])), shape=(2, 4)
    )


def twice(kind: str) -> sparse.coo_array:
    return made("coo", kind, ([1.0, 2, 0], ([0, 0, 1], [1, 1, 1])), shape=(2, 2))


def in_order() -> sparse.dok_array:
    entries = sparse.dok_array((3, 3), dtype="f4")
    for place in ((2, 1), (0, 0), (1, 2)):
        entries[place] = sum(place) + 0.5
    return entries


def with_room() -> sparse.csr_array:
    """Arrays longer than what they hold, as scipy leaves them behind."""
    array = sparse.csr_array(DENSE)
    array.data, array.indices = (
        np.append(array.data, 9.0),
        np.append(array.indices, 77).astype("i4"),
    )
    return array


KINDS = {
    f"{kind}s": {form: made(form, kind, DENSE) for form in FORMATS} for kind in ("array", "matrix")
}
CASES = {
    **{f"dtype {dtype}": sparse.csr_array(np.eye(3, dtype=dtype)) for dtype in DTYPES},
    **{f"dtype {dtype} in lil": sparse.lil_array(np.eye(3, dtype=dtype)) for dtype in DTYPES},
    **{f"dtype {dtype} in dok": sparse.dok_array(np.eye(3, dtype=dtype)) for dtype in DTYPES},
    **{f"64-bit indices in {form}": wide(form) for form in ("csr", "csc", "coo", "bsr", "dia")},
    **{f"empty {form}": made(form, "array", (3, 0)) for form in ("csr", "csc", "coo", "dok")},
    **{f"no entries in {form}": made(form, "array", (3, 4)) for form in FORMATS},
    "unsorted": unsorted(),
    "duplicates": twice("array"),
    "duplicates in a matrix": twice("matrix"),
    "duplicates in csr": sparse.csr_array(([1.0, 2], [1, 1], [0, 2]), shape=(1, 2)),
    "explicit zeros": sparse.csr_array(([0.0, -0.0], [0, 1], [0, 2]), shape=(1, 2)),
    "canonical": twice("array").tocsr().tocoo(),
    "entries in an order of their own": in_order(),
    "room for more": with_room(),
    "one axis, csr": sparse.csr_array(np.array([1, 0, 2])),
    "one axis, coo": sparse.coo_array(np.array([1, 0, 2])),
    "one axis, dok": sparse.dok_array(np.array([1.0, 0, 2])),
    "three axes": sparse.coo_array(np.arange(24).reshape(2, 3, 4)),
    "large": sparse.random_array((2000, 500), density=0.02, rng=7, format="csr"),
    "far apart": sparse.coo_array(([1.0], ([2**40], [2**50])), shape=(2**41, 2**51)),
    "blocks of 2 by 3": sparse.bsr_array(np.arange(24.0).reshape(4, 6), blocksize=(2, 3)),
    "NaN and infinity": sparse.csr_array(np.array([[np.nan, np.inf]])),
}


@FAMILY.keeps({**KINDS, "as they are": CASES})
def test_a_sparse_array_comes_back_the_same(store, value):
    before = vars(value).copy()

    assert_same(round_trip(store, value), value)
    assert vars(value).keys() == before.keys()


@pytest.mark.parametrize("form", FORMATS)
def test_a_loaded_array_works(store, form):
    value = made(form, "array", DENSE)

    loaded = round_trip(store, value)

    assert np.array_equal((loaded @ np.arange(4)), value @ np.arange(4))
    assert np.array_equal((loaded + loaded).toarray(), 2 * DENSE)


def test_what_scipy_has_found_out_makes_no_difference():
    fresh, looked_at = sparse.csr_array(DENSE), sparse.csr_array(DENSE)

    assert looked_at.has_sorted_indices and looked_at.has_canonical_format

    assert encode(fresh) == encode(looked_at)


def test_an_array_shared_in_a_value_stays_shared(store):
    value = sparse.csr_array(DENSE)

    assert_same(round_trip(store, [value, {"again": value}]), [value, {"again": value}])


class Named(sparse.csr_array):
    pass


def out_of_bounds() -> sparse.csr_array:
    array = sparse.csr_array(DENSE)
    array.indices = array.indices + 100
    return array


REFUSED = {
    "longdouble": (sparse.csr_array(np.eye(2, dtype="g")), "longdouble"),
    "indices out of bounds": (out_of_bounds(), "build it anew"),
    "a subclass": (Named(DENSE), "subclass of scipy"),
}


@FAMILY.refuses(REFUSED)
def test_what_can_not_be_kept_is_refused(store, value, names):
    refuse(store, {"cv": value}, names=names, path='results["cv"]')


def items(dtype: str, *values: object) -> list:
    return array(np.array(values, dtype))


def forged(
    form: object, shape: tuple, *parts: object, matrix: object = False, canonical: object = False
) -> list:
    return built(110, form, matrix, shape, canonical, *parts)


ONE, NONE = items("<f8", 1.0), items("<f8")
AT = items("<i4", 0)
FAR = items("<i4", 7)
ROWS = items("<i4", 0, 1)
HOSTILE = {
    "a format unknown": forged("csx", (1, 1), ONE, AT, ROWS),
    "a format that is a function": forged("save_npz", (1, 1), ONE, AT, ROWS),
    "no arrays": forged("csr", (1, 1)),
    "fewer arrays": forged("csr", (1, 1), ONE, AT),
    "an index past the columns": forged("csr", (1, 1), ONE, FAR, ROWS),
    "an index below 0": forged("csr", (1, 1), ONE, items("<i4", -1), ROWS),
    "pointers past the indices": forged("csr", (1, 1), ONE, AT, items("<i4", 0, 9)),
    "pointers that go back": forged("csr", (3, 1), ONE, AT, items("<i4", 0, 1, 0, 1)),
    "pointers that begin late": forged("csr", (1, 1), ONE, AT, items("<i4", 1, 1)),
    "pointers below 0": forged("csr", (2, 1), ONE, AT, items("<i4", 0, -5, 1)),
    "pointers of fewer rows": forged("csr", (9, 1), ONE, AT, ROWS),
    "no pointers": forged("csr", (0, 1), NONE, items("<i4"), items("<i4")),
    "indices of floats": forged("csr", (1, 1), ONE, items("<f8", 0), ROWS),
    "indices of big-endian": forged("csr", (1, 1), ONE, items(">i4", 0), ROWS),
    "indices of 8 bits": forged("csr", (1, 1), ONE, items("|i1", 0), ROWS),
    "entries of two axes": forged("csr", (1, 1), array(np.ones((1, 1))), AT, ROWS),
    "entries of text": forged("csr", (1, 1), items("<U1", "a"), AT, ROWS),
    "entries of half floats": forged("csr", (1, 1), items("<f2", 1), AT, ROWS),
    "fewer entries than indices": forged("csr", (1, 1), NONE, AT, ROWS),
    "csc of rows for columns": forged("csc", (1, 9), ONE, AT, ROWS),
    "coordinates of one axis": forged("coo", (1, 1), ONE, AT),
    "coordinates outside": forged("coo", (1, 1), ONE, AT, FAR),
    "coordinates of fewer": forged("coo", (1, 1), ONE, AT, items("<i4")),
    "dok of an entry twice": forged("dok", (1, 1), items("<f8", 1, 2), items("<i8", 0, 0), items("<i8", 0, 0)),
    "dok outside": forged("dok", (1, 1), ONE, AT, FAR),
    "lil outside": forged("lil", (1, 1), ONE, items("<i8", 7), items("<i8", 0, 1)),
    "lil of fewer rows": forged("lil", (5, 1), ONE, items("<i8", 0), items("<i8", 0, 1)),
    "blocks of nothing": forged("bsr", (1, 1), array(np.ones((1, 0, 1))), AT, ROWS),
    "blocks that don't fit": forged("bsr", (1, 1), array(np.ones((1, 2, 2))), AT, ROWS),
    "a diagonal twice": forged("dia", (1, 1), array(np.ones((2, 1))), items("<i4", 0, 0)),
    "a diagonal outside": forged("dia", (1, 1), array(np.ones((1, 1))), items("<i4", -(2**31))),
    "fewer diagonals": forged("dia", (1, 1), array(np.ones((1, 1))), items("<i4", 0, 1)),
    "a shape of floats": forged("csr", (1.0, 1.0), ONE, AT, ROWS),
    "a shape below 0": forged("coo", (-1, 1), NONE, items("<i4"), items("<i4")),
    "a shape beyond 64 bits": forged("coo", ([2, False, b"\1" * 9], 1), NONE, items("<i4"), items("<i4")),
    "a shape of one axis for a matrix": forged("csr", (1,), ONE, AT, ROWS, matrix=True),
    "a shape of three axes for csr": forged("csr", (1, 1, 1), ONE, AT, ROWS),
    "a matrix that is a float": forged("csr", (1, 1), ONE, AT, ROWS, matrix=1.5),
    "a word that is bytes": forged("coo", (1, 1), ONE, AT, AT, canonical=b"no"),
    "a word that another format gives": forged("csr", (1, 1), ONE, AT, ROWS, canonical=True),
}  # fmt: skip


def test_what_is_forged_well_is_an_array():
    loaded = decode(manifest(*forged("csr", (1, 1), ONE, AT, ROWS)), [], ())

    assert_same(loaded, sparse.csr_array(np.ones((1, 1))))


@pytest.mark.parametrize("case", HOSTILE)
def test_forged_arrays_are_damage(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
