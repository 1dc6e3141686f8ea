"""pandas MultiIndexes: levels of any kind, names, codes, order, as rows and as columns."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from forge import array, built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import STRING_DTYPES, ZONES

import stillroom
from stillroom._core import decode

FAMILY = Family("pandas", "MultiIndex")

DAYS = pd.date_range("2024-01-01", periods=3)


def objects(*cells: object) -> pd.Index:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return pd.Index(made, dtype=object)


LEVELS = {
    "ints": pd.Index([3, 1, 2]),
    "a range": pd.RangeIndex(3),
    "a range backwards": pd.RangeIndex(5, -1, -2),
    "floats": pd.Index([0.5, -0.0, float("inf")]),
    "small ints": pd.Index(np.arange(3, dtype="i1")),
    "bools": pd.Index([True, False]),
    "objects": objects("a", 1, (2, 3)),
    "text of objects": objects("a", "b"),
    "dates with a freq": DAYS,
    "dates": DAYS[[2, 0]],
    "months": pd.date_range("2024-01-31", periods=3, freq="ME"),
    **{f"zone: {name}": DAYS.tz_localize(zone) for name, zone in ZONES.items()},
    "durations": pd.timedelta_range(0, periods=3, freq="h"),
    "periods": pd.period_range("2024", periods=3, freq="M"),
    "intervals": pd.interval_range(0, 3),
    "categories": pd.CategoricalIndex(["b", "a"], categories=["a", "b", "c"], ordered=True),
    "nullable ints": pd.Index([1, 2], dtype="Int64"),
    **{
        f"text of {name}": pd.Index(["b", "a"], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    "empty": pd.Index([], dtype="i8"),
}


def of(level: pd.Index, **named: object) -> pd.MultiIndex:
    """Every label, a missing one, and the last again; then the other way round."""
    count = len(level)
    codes = [*range(count), -1, *([count - 1] if count else [])]
    return pd.MultiIndex([level, pd.Index(["x"])], [codes, [0] * len(codes)], **named)


NAMES = {
    "none": (None, None),
    "text": ("a", "b"),
    "one of two": ("a", None),
    "twice the same": ("a", "a"),
    "ints": (0, 1),
    "tuples": (("a", 1), ("b", None)),
    "NaN": (float("nan"), None),
    "NA and NaT": (pd.NA, pd.NaT),
    "True and 1": (True, 1),
    "dates": (dt.date(2024, 1, 1), pd.Timestamp(0)),
    "a period": (pd.Period("2024", freq="Y"), pd.Interval(0, 1)),
}

PRODUCT = pd.MultiIndex.from_product([["a", "b"], DAYS, [1, 2]], names=["key", "day", None])

SHAPES = {
    "a product": PRODUCT,
    "tuples": pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("a", 1)]),
    "one level": pd.MultiIndex.from_arrays([[2, 1, 2]], names=["only"]),
    "five levels": pd.MultiIndex.from_product([range(2)] * 5),
    "empty": PRODUCT[:0],
    "empty of tuples": pd.MultiIndex.from_tuples([], names=["a", "b"]),
    "levels that are not used": PRODUCT[PRODUCT.get_level_values(0) == "b"],
    "levels that are not used, taken out": PRODUCT[:2].remove_unused_levels(),
    "every other": PRODUCT[::2],
    "backwards": PRODUCT[::-1],
    "missing": pd.MultiIndex.from_tuples([("a", 1), (None, 2), ("b", float("nan")), (None, None)]),
    "sorted": pd.MultiIndex.from_tuples([("b", 1), ("a", 2)]).sort_values(),
    "an order said outright": pd.MultiIndex.from_tuples([(1, 2), (1, 1)], sortorder=1),
    "an order of no level": pd.MultiIndex.from_tuples([(2, 2), (1, 1)], sortorder=0),
    "levels swapped": PRODUCT.swaplevel(0, 1),
    "a level dropped": PRODUCT.droplevel(0),
    "300 labels": pd.MultiIndex.from_product([range(300), ["a"]]),
    "40,000 labels": pd.MultiIndex.from_product([range(40_000), ["a"]]),
    "fewer labels than there were": pd.MultiIndex.from_product([range(300), ["a"]])[
        :9
    ].remove_unused_levels(),
    "long": pd.MultiIndex.from_product([range(300), range(300)]),
    "a grouping": pd.DataFrame({"a": [1, 1, 2], "b": [3, 4, 3]}).groupby(["a", "b"]).size().index,
}

KINDS = {
    "levels of any kind": {name: of(level) for name, level in LEVELS.items()},
    "names of any kind": {name: of(DAYS, names=names) for name, names in NAMES.items()},
    "any codes and order": SHAPES,
}


@FAMILY.keeps(KINDS)
def test_multi_index(store, value):
    assert_same(round_trip(store, value), value)


ROWS = {
    f"{kind}: {name}": pd.Series(np.arange(len(index)), index=index)
    for kind, table in KINDS.items()
    for name, index in table.items()
}
FRAMES = {
    f"{kind}: {name}": pd.DataFrame(np.zeros((2, len(index))), columns=index)
    for kind, table in KINDS.items()
    for name, index in table.items()
    if len(index) < 1_000
}
FRAMES["rows and columns"] = pd.DataFrame(np.zeros((12, 12)), index=PRODUCT, columns=PRODUCT)
FRAMES["columns of many dtypes"] = pd.DataFrame(
    {("a", "x"): [1, 2], ("a", "y"): ["b", None], ("b", "x"): pd.Categorical(["c", "d"])}
)
FRAMES["a pivot"] = pd.DataFrame(
    {"a": [1, 1, 2], "b": [3, 4, 3], "c": [0.5, 1.5, None]}
).pivot_table(index="a", columns=["b"], values=["c"], aggfunc=["mean", "sum"])
FRAMES["describe"] = pd.DataFrame({"a": [1, 1, 2], "b": [3.0, 4, 3]}).groupby("a").describe()


@FAMILY.keeps({"rows of a Series": ROWS, "columns of a frame": FRAMES})
def test_multi_index_of_others(store, value):
    assert_same(round_trip(store, value), value)


def test_a_lookup_works_after_a_load(store):
    series = pd.Series(range(12), index=PRODUCT)

    loaded = round_trip(store, series)

    assert_same(loaded.loc["b", DAYS[1]], series.loc["b", DAYS[1]])
    assert_same(loaded.unstack(), series.unstack())


def test_codes_of_a_long_index_are_not_copied_on_their_way(store):
    loaded = round_trip(store, SHAPES["long"])

    assert not np.asarray(loaded.codes[0]).flags.owndata


class Subclass(pd.MultiIndex):
    """No index of pandas' own."""


REFUSED = {
    "levels with a label twice": (
        pd.MultiIndex([pd.Index([1, 1]), pd.Index([2])], [[0, 1], [0, 0]], verify_integrity=False),
        "from_tuples",
    ),
    "a label that can't be kept": (pd.MultiIndex.from_arrays([objects(object()), [1]]), "object"),
    "a name that can't be kept": (
        pd.MultiIndex.from_arrays([[1], [2]], names=[range, None]),
        "class",
    ),
}


@FAMILY.refuses(REFUSED)
def test_what_can_not_be_kept_is_refused(store, value, names):
    with pytest.raises(stillroom.UnsupportedError, match=names) as caught:
        store.save("page", "results", {"cv": value})

    assert caught.value.path.startswith('results["cv"]')


def test_a_label_that_can_not_be_kept_is_named(store):
    frame = pd.DataFrame({"a": [1]}, index=REFUSED["a label that can't be kept"][0])

    refuse(store, frame, names="object", path="results.index.levels[0]")


LEVELS_NODE, RANGE = 76, tree([51, 0, 2, 1], None)
INTS = tree([50, None], None, [40, "<i8", 2, np.array([5, 5]).tobytes()])


def codes(*places: int, dtype: str = "i1") -> list:
    return array(np.array(places, dtype))


HOSTILE = {
    "a code beyond the labels": built(LEVELS_NODE, (None,), None, RANGE, codes(0, 2), rows=2),
    "a code far beyond": built(
        LEVELS_NODE, (None,), None, RANGE, codes(2**40, 0, dtype="i8"), rows=2
    ),
    "a code below": built(LEVELS_NODE, (None,), None, RANGE, codes(-2, 0), rows=2),
    "codes without a sign": built(
        LEVELS_NODE, (None,), None, RANGE, codes(0, 255, dtype="u1"), rows=2
    ),
    "codes that are floats": built(
        LEVELS_NODE, (None,), None, RANGE, codes(0, 1, dtype="f8"), rows=2
    ),
    "codes in two axes": built(
        LEVELS_NODE, (None,), None, RANGE, array(np.zeros((2, 1), "i1")), rows=2
    ),
    "more rows": built(LEVELS_NODE, (None,), None, RANGE, codes(0, 1), rows=3),
    "codes of two lengths": built(
        LEVELS_NODE, (None, None), None, RANGE, codes(0, 1), RANGE, codes(0), rows=2
    ),
    # Of these NumPy makes an empty array, and pandas looks into it.
    "a level longer than any array": built(
        LEVELS_NODE, (None,), None, tree([51, 0, 2**63 - 1, 1], None), codes(0, 1), rows=2
    ),
    "a level that says more labels than there is memory": built(
        LEVELS_NODE, (None,), None, tree([51, 0, 2**40, 1], None), codes(0, 1), rows=2
    ),
    "no levels": built(LEVELS_NODE, (), None, rows=0),
    "more names": built(LEVELS_NODE, (None, "a"), None, RANGE, codes(0, 1), rows=2),
    "a name that has no hash": built(LEVELS_NODE, ([8, 0],), None, RANGE, codes(0, 1), rows=2),
    "labels twice": built(LEVELS_NODE, (None,), None, INTS, codes(0, 1), rows=2),
    "an order that is none": built(LEVELS_NODE, (None,), "a", RANGE, codes(0, 1), rows=2),
    "an order there is not": built(LEVELS_NODE, (None,), 1, RANGE, codes(1, 0), rows=2),
}


def test_what_is_forged_well_is_an_index():
    made = decode(manifest(*built(LEVELS_NODE, ("a",), None, RANGE, codes(1, -1), rows=2)), [], ())

    assert_same(made, pd.MultiIndex([pd.RangeIndex(2)], [[1, -1]], names=["a"]))


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
