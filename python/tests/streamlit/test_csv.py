"""Tables as CSV: every cell as it is, and an index where it says something."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stillroom.streamlit import _download

FRAME = pd.DataFrame({"a": [1, 2], "t": ["x", None]})
TABLES = {
    "a plain index": (FRAME, "a,t\n1,x\n2,\n"),
    "an index of times": (
        pd.DataFrame({"a": [1]}, index=pd.DatetimeIndex(["2026-01-01"], name="day")),
        "day,a\n2026-01-01,1\n",
    ),
    "an index with a name": (FRAME[["a"]].rename_axis("n"), "n,a\n0,1\n1,2\n"),
    "an index that begins later": (FRAME[["a"]][1:], ",a\n1,2\n"),
    "several levels": (
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["l", "m"])),
        "l,m,a\nx,1,1\n",
    ),
    "a series": (pd.Series([1, 2], name="a"), "a\n1\n2\n"),
    "exact numbers": (pd.DataFrame({"a": [0.1 + 0.2, 1e300]}), "a\n0.30000000000000004\n1e+300\n"),
    "a large number": (pd.DataFrame({"a": [2**63 - 1]}), f"a\n{2**63 - 1}\n"),
    "a comma and a quote": (pd.DataFrame({"a": ['1,5 "x"']}), 'a\n"1,5 ""x"""\n'),
    "what a spreadsheet may take for a formula": (pd.DataFrame({"a": ["=1+1"]}), "a\n=1+1\n"),
    "no rows": (FRAME[:0], "a,t\n"),
    "another alphabet": (pd.DataFrame({"ü": ["תחזית"]}), "ü\nתחזית\n"),
}


@pytest.mark.parametrize(("value", "text"), TABLES.values(), ids=TABLES)
def test_a_table_is_written_as_it_is(value, text):
    assert _download.is_table(value)
    assert _download.csv(value).decode() == text


@pytest.mark.parametrize(
    "value",
    [[1], {"a": 1}, np.ones(3), "a", None, pd.Index([1])],
    ids=lambda one: type(one).__name__,
)
def test_anything_else_is_no_table(value):
    assert not _download.is_table(value)


ARROW = {
    "a missing number": (pa.table({"a": [1, None]}), 'a\n1\n""\n'),
    "a large number beside a missing one": (pa.table({"a": [2**53 + 1, None]}), 'a\n9007199254740993\n""\n'),
    "truths": (pa.table({"a": [True, None]}), 'a\nTrue\n""\n'),
    "a list": (pa.table({"a": [[1, 2]]}), "a\n[1 2]\n"),
    "two columns of one name": (pa.table({"a": [1], "b": [2]}).rename_columns(["a", "a"]), "a,a\n1,2\n"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), ARROW.values(), ids=ARROW)
def test_a_table_of_arrow_is_written_as_it_is(value, text):
    """By way of NumPy a whole number beside a missing one became a float, and a large one another."""
    assert _download.is_table(value)
    assert _download.csv(value).decode() == text
