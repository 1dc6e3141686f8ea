"""Tables of polars in the dialogs: their head, what changed in them, their CSV."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from dialogs import dialog, inside, labels, open_dialog, said

from stillroom.streamlit import _download

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")
page.panel()
"""
FRAME = pl.DataFrame({"a": [1, 2, 3], "t": ["x", None, "z"]})


@pytest.fixture
def opened(new_tab, local_store):
    """`opened(item, *values)`: a dialog about a result of which these are the versions."""

    def opens(item: str, *values):
        for value in values:
            local_store.save("p", "result", value)
        app = new_tab(PAGE).run()
        open_dialog(app, "result", item)
        return app

    return opens


@pytest.mark.parametrize("value", [FRAME, FRAME["a"]], ids=["frame", "series"])
def test_a_table_is_shown_by_its_head(opened, value):
    app = opened("Preview", value)

    assert said(app).endswith("\n3 rows")
    assert ["1", "2", "3"] in [list(column) for _, column in app.dataframe[0].value.items()]
    assert any("chart" in one.type for one in inside(dialog(app)))


def test_rows_and_columns_are_told(opened):
    app = opened("Versions", FRAME, pl.concat([FRAME, FRAME]), FRAME.with_columns(c=1.5))

    assert "3 rows more" in said(app)
    assert "3 rows fewer, 1 column added" in said(app)


def test_a_table_is_offered_as_csv(opened):
    assert labels(opened("Download", FRAME), "download_button")[0] == "Table as CSV"


CSV = {
    "a frame": (FRAME, "a,t\n1,x\n2,\n3,z\n"),
    "a series": (pl.Series("a", [1, None]), "a\n1\n\n"),
    "a large number": (pl.DataFrame({"a": [2**63 - 1, None]}), f"a\n{2**63 - 1}\n\n"),
    "a list": (pl.DataFrame({"a": [[1, 2]], "b": [2**62]}), f"a,b\n[1 2],{2**62}\n"),
    "bytes": (pl.DataFrame({"a": [b"x"]}), "a\nb'x'\n"),
    "a duration": (pl.DataFrame({"a": [datetime.timedelta(hours=1)]}), "a\n0 days 01:00:00\n"),
}


@pytest.mark.parametrize(("value", "text"), CSV.values(), ids=CSV)
def test_every_table_has_a_csv(value, text):
    made = _download.csv(value).decode()

    # An empty line is an empty cell, which pandas writes in quotes.
    assert made.replace('""', "") == text
