"""Figures of plotly in a preview: drawn themselves, unless they would fetch something."""

from __future__ import annotations

import json

import numpy as np
import plotly.express as px
import plotly.graph_objects as go
import pytest
from dialogs import dialog, inside, open_dialog, said

import stillroom
from stillroom.streamlit import _figures

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", max_auto_mb=1)
page.panel()
"""
LINE = go.Scatter(y=[1, 3, 2])
PLACE = {"lat": [1], "lon": [1]}


def with_image(source: str) -> go.Figure:
    return go.Figure(LINE).add_layout_image(source=source)


def test_a_figure_is_drawn_itself_and_nothing_else_is_loaded(new_tab, local_store, monkeypatch):
    local_store.save_page("p", {"figure": go.Figure(LINE), "other": [1]})
    load, seen = stillroom.Store.load, []

    def counted(self, page, key, **options):
        seen.append((page, key))
        return load(self, page, key, **options)

    monkeypatch.setattr(stillroom.Store, "load", counted)
    app = new_tab(PAGE).run()
    open_dialog(app, "figure", "Preview")

    (chart,) = (one for one in inside(dialog(app)) if one.type == "plotly_chart")
    assert json.loads(chart.proto.spec)["data"][0]["y"] == [1, 3, 2]
    assert said(app).startswith("Figure · version 1, saved ")
    assert seen == [("p", "figure")]


def test_a_figure_that_would_fetch_something_is_described_instead(new_tab, local_store):
    local_store.save("p", "figure", with_image("https://elsewhere.example.org/a.png"))

    app = new_tab(PAGE).run()
    open_dialog(app, "figure", "Preview")

    assert "asks for addresses on the web" in said(app)
    assert [one for one in inside(dialog(app)) if one.type == "plotly_chart"] == []


def test_a_large_figure_is_not_loaded_for_a_preview(new_tab, local_store):
    local_store.save(
        "p", "figure", go.Figure(go.Scatter(y=np.random.default_rng(1).random(200_000)))
    )

    app = new_tab(PAGE).run()
    open_dialog(app, "figure", "Preview")

    assert said(app).endswith("It can't be shown without loading it.")


REACHING = {
    "a picture": with_image("https://a.b/c.png"),
    "a picture without a scheme": with_image("//a.b/c.png"),
    "a picture as browsers take it": with_image("https:\\a.b"),
    "a picture of this server": with_image("/app/static/secret.png"),
    "a world map": go.Figure(go.Scattergeo(PLACE)),
    "a map of regions": go.Figure(go.Choropleth(locations=["CHL"], z=[1])),
    "regions at an address": go.Figure(
        go.Choropleth(locations=["CHL"], z=[1], geojson="https://a.b/c.json")
    ),
    "tiles": go.Figure(go.Scattermap(PLACE)),
    "a map of densities": go.Figure(go.Densitymap(PLACE)),
    "a map in a frame": go.Figure(LINE, frames=[go.Frame(data=[go.Scattergeo(PLACE)])]),
    "cells that are addresses": go.Figure(go.Scatter(x=["https://a.b"], y=[1])),
    "cells of an array": go.Figure(go.Scatter(x=np.array(["//a.b"], dtype=object), y=[1])),
}


@pytest.mark.parametrize("figure", REACHING.values(), ids=REACHING)
def test_a_figure_reaches_out(figure):
    assert _figures.reaches_out(figure)


QUIET = {
    "a line": go.Figure(LINE),
    "a line of plotly express": px.line(x=[1, 2], y=[1, 2], title="see https://a.b"),
    "a picture of its own": with_image("data:image/png;base64,iVBORw0KGgo="),
    "an image": px.imshow([[1, 2], [3, 4]]),
    "a heat map": go.Figure(go.Heatmap(z=[[1, 2], [3, 4]])),
    "flows": go.Figure(go.Sankey(link={"source": [0], "target": [1], "value": [1]})),
    "nothing": go.Figure(),
    "frames": go.Figure(LINE, frames=[go.Frame(data=[LINE], name="1")]),
}


@pytest.mark.parametrize("figure", QUIET.values(), ids=QUIET)
def test_any_other_figure_does_not(figure):
    assert not _figures.reaches_out(figure)
