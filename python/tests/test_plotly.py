"""plotly: figures with their arrays as they are, subplots that can be added to, frames, templates."""

import copy
import datetime as dt

import numpy as np
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import pytest
from forge import array, built, manifest, mapping, sequence
from plotly.subplots import make_subplots
from roundtrip import most_allocated, refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("plotly", "figures")

FRAME = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=6),
        "when": pd.date_range("2024-01-01", periods=6, tz="Europe/Paris"),
        "room": pd.Categorical(list("abcabc")),
        "count": [1, 2, None, 4, 5, 6],
        "year": [1, 1, 1, 2, 2, 2],
    }
)


def subplots() -> go.Figure:
    specs = [[{"secondary_y": True}, {"type": "polar"}], [{"colspan": 2}, None]]
    figure = make_subplots(2, 2, specs=specs, subplot_titles=["a", "b", "c"])
    figure.add_trace(go.Scatter(x=np.arange(3), y=[1, 2, 3.5], marker_color="red"), row=1, col=1)
    figure.add_trace(go.Scatterpolar(r=[1, 2], theta=[0, 90]), row=1, col=2)
    return figure


def shared() -> go.Figure:
    figure = go.Figure([go.Bar(), go.Bar()])
    figure._data[0]["customdata"] = figure._data[1]["customdata"] = np.arange(3)
    return figure


FIGURES = {
    "nothing": go.Figure(),
    "a line": go.Figure(go.Scatter(x=[1, 2], y=[2.5, None], name="a")),
    "arrays of any dtype": go.Figure(
        [
            go.Bar(y=np.arange(3, dtype=code))
            for code in ("i1", "u1", "<i2", ">i4", "<i8", "f2", "f4", "f8")
        ]
    ),
    "NaN, infinity, minus zero": go.Figure(go.Scatter(y=np.array([np.nan, np.inf, -0.0]))),
    "an image": go.Figure(go.Heatmap(z=np.arange(12.0).reshape(3, 4)[::-1], x=list("abcd"))),
    "text": go.Figure(go.Scatter(text=["a", None, "\u00e4"], hovertemplate="%{x}<extra></extra>")),
    "dates": go.Figure(go.Scatter(x=[dt.datetime(2024, 1, 1), dt.date(2024, 1, 2)])),
    "dates in a zone": go.Figure(go.Scatter(x=FRAME["when"], y=FRAME["count"])),
    "columns of a frame": go.Figure(
        go.Scatter(x=FRAME["day"], text=FRAME["room"], customdata=FRAME)
    ),
    "Decimal and NumPy scalars": go.Figure(go.Bar(x=[np.float32(1.5)], width=np.float64(0.5))),
    "an array that two traces share": shared(),
    "without validation": go.Figure({"data": [{"type": "bar", "mine": (1, 2)}]}, _validate=False),
    "3D": go.Figure(go.Surface(z=np.eye(3))),
    "a map": go.Figure(go.Choropleth(locations=["FRA"], z=[1])),
    "a long one": go.Figure(go.Scattergl(y=np.random.default_rng(7).random(50_000))),
}
LAYOUTS = {
    "subplots": subplots(),
    "subplots that share axes": make_subplots(3, 1, shared_xaxes=True, vertical_spacing=0.1),
    "shapes, annotations, images": go.Figure(
        layout={
            "shapes": [{"type": "line", "x0": 0}], "annotations": [{"text": "a"}], "xaxis7": {"title": {"text": "q"}},
            "updatemenus": [{"buttons": [{"args": [{"visible": [True, False]}]}]}], "sliders": [{"active": 1}],
        }
    ),
    "no template": go.Figure(layout={"template": "none"}),
    "another template": go.Figure(layout={"template": "plotly_dark"}),
    "two titles": go.Figure(layout={"title": {"text": "t", "font": {"size": 3}}}),
}  # fmt: skip
EXPRESS = {
    "line": px.line(FRAME, x="day", y="count", color="room"),
    "animated": px.scatter(FRAME, x="count", y="count", animation_frame="year", color="room"),
    "facets": px.bar(FRAME, x="day", y="count", facet_col="year"),
    "histogram": px.histogram(FRAME, x="count", marginal="box"),
    "image": px.imshow(np.arange(27, dtype="u1").reshape(3, 3, 3)),
    "treemap": px.treemap(FRAME, path=["year", "room"], values="year"),
}


@FAMILY.keeps({"figures": FIGURES, "layouts": LAYOUTS, "plotly.express": EXPRESS})
def test_a_figure_comes_back_the_same(store, value):
    loaded = round_trip(store, value)

    assert_same(loaded, value)
    assert loaded.to_json() == value.to_json()


ADDED = {
    "a trace in a subplot": lambda figure: figure.add_trace(go.Bar(y=[1]), row=2, col=1),
    "a trace on a second axis": lambda figure: figure.add_trace(
        go.Scatter(y=[1]), row=1, col=1, secondary_y=True
    ),
    "an annotation": lambda figure: figure.add_annotation(text="a", x=1, y=1, row=2, col=1),
    "a title of an axis": lambda figure: figure.update_xaxes(title="q", row=2, col=1),
    "the look of traces": lambda figure: figure.update_traces(marker={"size": 3}, row=1, col=1),
    "the layout": lambda figure: figure.update_layout(title="t", template="plotly_white"),
    "a copy": copy.deepcopy,
}


@pytest.mark.parametrize("case", ADDED)
def test_a_loaded_figure_can_be_worked_on_as_the_one_that_was_saved(store, case):
    figure = subplots()
    loaded = round_trip(store, figure)

    assert_same(ADDED[case](loaded), ADDED[case](figure))
    assert_same(loaded, figure)


def test_a_loaded_animation_can_be_looked_into(store):
    figure = EXPRESS["animated"]

    loaded = round_trip(store, figure)

    assert loaded.frames[1].name == "2"
    assert list(loaded.frames[1].data[0].x) == list(figure.frames[1].data[0].x)
    assert loaded.frames[0].layout == figure.frames[0].layout


def test_what_is_done_to_a_loaded_figure_is_checked(store):
    loaded = round_trip(store, subplots())

    with pytest.raises(ValueError, match="color"):
        loaded.data[0].marker.color = "no colour"
    with pytest.raises(ValueError, match="plot_bgcolor"):
        loaded.layout.plot_bgcolor = "no colour"


def test_loading_a_large_figure_copies_no_array(store):
    store.save("page", "key", go.Figure(go.Scattergl(y=np.arange(1_000_000.0))))

    assert most_allocated(lambda: store.load("page", "key")) < 2_000_000


class Own(go.Figure):
    pass


REFUSED = {
    "an object in a trace": (
        go.Figure({"data": [{"type": "bar", "mine": object()}]}, _validate=False),
        "object",
        '["data"][0]["mine"]',
    ),
    "a subclass": (Own(), "subclass of plotly.Figure", ""),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_can_not_be_kept_is_named_by_its_path(store, value, names, path):
    refuse(store, {"fig": value}, names=names, path='results["fig"]' + path)


def test_a_widget_is_refused_with_the_step():
    from stillroom import _families
    from stillroom._families import plotly

    with pytest.raises(_families.RefusedError, match=r"Figure\(\.\.\.\)"):
        plotly.CLASSES["FigureWidget"](None)


def figure(grid: object = None, **parts: object) -> list:
    return built(120, mapping(parts), grid)


EMPTY = mapping({})
BAR = mapping(type="bar", y=array(np.arange(3)))
PLACE = ("xy", ("xaxis",), mapping(xaxis="x"))
HOSTILE = {
    "no data": figure(layout=EMPTY),
    "data that is no list": figure(data=EMPTY, layout=EMPTY),
    "layout that is no dict": figure(data=sequence(), layout=sequence()),
    "more than a figure has": figure(data=sequence(), layout=EMPTY, _validate=EMPTY),
    "a trace that is no dict": figure(data=sequence(sequence()), layout=EMPTY),
    "a trace of no type": figure(data=sequence(EMPTY), layout=EMPTY),
    "a trace of a type unknown": figure(data=sequence(mapping(type="os")), layout=EMPTY),
    "a trace of a type that is a number": figure(data=sequence(mapping(type=1)), layout=EMPTY),
    "a trace of a key that is a number": figure(data=sequence(mapping({1: 2})), layout=EMPTY),
    "frames that are no list": figure(data=sequence(), layout=EMPTY, frames=EMPTY),
    "a frame that is no dict": figure(data=sequence(), layout=EMPTY, frames=sequence(1)),
    "a frame of other parts": figure(
        data=sequence(), layout=EMPTY, frames=sequence(mapping(arg=1))
    ),
    "a frame of a name that is none": figure(
        data=sequence(), layout=EMPTY, frames=sequence(mapping(name=sequence()))
    ),
    "a grid that is no tuple": figure(5, data=sequence(), layout=EMPTY),
    "a grid of numbers": figure((1, ()), data=sequence(), layout=EMPTY),
    "a grid of places of numbers": figure(
        (
            "",
            (((1, (), ()),),),
        ),
        data=sequence(),
        layout=EMPTY,
    ),
}


def test_what_is_forged_well_is_a_figure():
    nodes = figure(("", (((PLACE,),),)), data=sequence(BAR), layout=EMPTY)

    made = decode(manifest(*nodes), [], ())

    assert list(made.data[0].y) == [0, 1, 2]
    assert made._grid_ref[0][0][0].trace_kwargs == {"xaxis": "x"}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_forged_figure_is_damage(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
