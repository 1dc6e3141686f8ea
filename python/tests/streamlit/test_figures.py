"""Charts of Altair in a preview: drawn themselves, unless they would fetch something.

Figures of plotly are in `test_plotly_figures.py`.
"""

from __future__ import annotations

import json

import altair as alt
import numpy as np
import pandas as pd
import pytest
from dialogs import dialog, inside, said

from stillroom.streamlit import _figures

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
BARS = alt.Chart(FRAME).mark_bar().encode(x="b", y="a")


def charts(app) -> list:
    return [element for element in inside(dialog(app)) if "chart" in element.type]


def test_a_chart_is_drawn_itself(preview, loads):
    app = preview(BARS)

    (chart,) = charts(app)
    assert json.loads(chart.proto.spec)["mark"]["type"] == "bar"
    assert loads == [("p", "result")]


def test_a_chart_of_many_rows_is_drawn_too(preview):
    many = pd.DataFrame({"x": range(6_000), "y": 0.5})

    app = preview(alt.Chart(many).mark_line().encode(x="x", y="y"))

    assert "can't be shown" not in said(app)
    assert len(charts(app)) == 1


def test_a_large_chart_is_not_loaded_for_a_preview(preview, loads):
    many = pd.DataFrame({"x": np.random.default_rng(1).random(200_000)})

    app = preview(alt.Chart(many).mark_line().encode(x="x"))

    assert said(app).endswith("It can't be shown without loading it.")
    assert loads == []


@pytest.mark.parametrize("value", [alt.Chart(), alt.Y("a:Q")], ids=["no mark", "a part of one"])
def test_what_no_chart_can_be_made_of_is_not_drawn_and_does_not_raise(preview, value):
    assert said(preview(value)).endswith("It can't be shown without loading it.")


ADDRESS = "https://elsewhere.example.org/a.csv"
REACHING = {
    "data at an address": alt.Chart(ADDRESS).mark_bar(),
    "data in a file": alt.Chart("a.csv").mark_bar().encode(x="a:Q"),
    "an address given by name": alt.Chart(alt.UrlData(ADDRESS)).mark_bar(),
    "a layer with an address": BARS + alt.Chart(alt.UrlData(ADDRESS)).mark_bar(),
    "a chart beside one": BARS | (BARS & alt.Chart(alt.UrlData(ADDRESS)).mark_bar()),
    "a lookup": BARS.transform_lookup(
        "b", from_=alt.LookupData(data=alt.UrlData(ADDRESS), key="b", fields=["a"])
    ),
    "pictures": BARS.mark_image().encode(url="b"),
    "pictures by a mark with options": BARS.mark_image(width=20).encode(x="a"),
    "a link of the data's own": BARS.encode(alt.Url("b")),
    "options for whoever embeds it": BARS.properties(usermeta={"embedOptions": {"loader": {}}}),
    "a picture as a word": alt.Chart(FRAME, mark="image").encode(x="a"),
}


@pytest.mark.parametrize("chart", REACHING.values(), ids=REACHING)
def test_a_chart_that_would_fetch_something_is_described_instead(preview, chart):
    app = preview(chart)

    assert "asks for addresses on the web" in said(app)
    assert charts(app) == []


QUIET = {
    "bars": BARS,
    "a theme's address": BARS.properties(usermeta={"note": "no address"}),
    "a title that speaks of one": BARS.properties(title="see https://example.org"),
    "cells that are addresses": alt.Chart(FRAME.assign(b=ADDRESS)).mark_bar().encode(x="b"),
    "layers": BARS + BARS.mark_line(),
}


@pytest.mark.parametrize("chart", QUIET.values(), ids=QUIET)
def test_any_other_chart_is_drawn(preview, chart):
    assert len(charts(preview(chart))) == 1


ADDRESSES = [
    "https://a.b", "HTTP://a.b", "//a.b", "  //a.b", "\\\\a.b\\c", "/\\a.b", "https:a.b", "https:\\a",
    "ht\ttps://a.b", "h\nttp://a.b", "\x00//a.b", "ftp://a.b", "wss://a.b", "file://a/b", "blob://x",
]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_whatever_a_browser_takes_for_an_address_is_one(text):
    assert _figures.reaches_out({"data": [{"text": text}]})


@pytest.mark.parametrize("text", ["a title", "a/b", "1 // 2", "time: 12", "C:\\data", "https"])
def test_other_texts_are_none(text):
    assert not _figures.reaches_out({"data": [{"text": text}]})
