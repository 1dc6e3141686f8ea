"""Altair: charts part by part, with their data as it is."""

import altair as alt
import pandas as pd
import pytest
from forge import built, manifest, mapping
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("Altair", "charts")

FRAME = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=4),
        "count": [1.5, 2, None, 4],
        "room": list("abab"),
    }
)
BASE = alt.Chart(FRAME)
BAR = BASE.mark_bar(color="red").encode(
    x="room:N", y=alt.Y("count()", title="n").scale(domain=[0, 9])
)
LINE = BASE.mark_line().encode(alt.X("day:T", axis=alt.Axis(format="%d")), y="count")
BRUSH = alt.selection_interval(encodings=["x"], name="brush")
WIDTH = alt.param(name="width", value=3, bind=alt.binding_range(min=0, max=9))

CHARTS = {
    "nothing said": alt.Chart(),
    "a bar": BAR,
    "a line": LINE,
    "properties": BAR.properties(title=alt.Title("t", subtitle=["a", "b"]), width=alt.Step(20), height=100),
    "configured": BAR.configure_axis(grid=False).configure(background="white"),
    "tooltips and bins": BASE.mark_point().encode(alt.X("count", bin=alt.Bin(maxbins=3)), tooltip=["room", "day"]),
    "sorted": BASE.mark_bar().encode(x=alt.X("room", sort=["b", "a"]), y="count", order=alt.value(1)),
    "theme of its own": BAR.properties(usermeta={"a": (1, None)}),
}  # fmt: skip
COMPOUND = {
    "layers": BAR + LINE,
    "layers that share no scale": (BAR + LINE).resolve_scale(y="independent"),
    "side by side": BAR | LINE,
    "one above the other": BAR & LINE,
    "in a row that wraps": alt.concat(BAR, LINE, BAR, columns=2),
    "facets": BAR.facet("room:N", columns=2),
    "repeated": BASE.mark_bar().encode(alt.X(alt.repeat("column"), type="quantitative")).repeat(column=["count"]),
    "nested": (BAR + LINE) | (BAR & LINE),
}  # fmt: skip
PARAMETERS = {
    "a selection": BAR.add_params(BRUSH).transform_filter(BRUSH),
    "a parameter": BAR.add_params(WIDTH).encode(size=alt.value(alt.expr(WIDTH.name))),
    "a condition": BAR.encode(color=alt.condition(BRUSH, "room:N", alt.value("grey"))),
    "when": BAR.encode(color=alt.when(BRUSH).then("room:N").otherwise(alt.value("grey"))),
    "when, not finished": alt.when(BRUSH),
    "when and then": alt.when(BRUSH).then(alt.value("a")),
    "when and when": alt.when(BRUSH).then(alt.value("a")).when(WIDTH),
    "an expression": BAR.transform_calculate(z=alt.expr.max(WIDTH, -alt.datum.count + 1)),
    "a filter": BAR.transform_filter((alt.datum.count > 1) & (alt.datum["room"] == "a")),
    "transforms": BAR.transform_aggregate(n="count()", groupby=["room"]).transform_window(r="rank()"),
    "a lookup": BAR.transform_lookup("room", from_=alt.LookupData(data=FRAME, key="room", fields=["count"])),
    "not, and, or": [~BRUSH, BRUSH & WIDTH, BRUSH | WIDTH, WIDTH + 1, BRUSH.x],
    "the parameters": [BRUSH, WIDTH],
}  # fmt: skip
DATA = {
    "values in place": alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar(),
    "a dict": alt.Chart({"values": [{"a": 1}]}).mark_bar(),
    "an address": alt.Chart(alt.UrlData("https://example.org/a.csv")).mark_bar(),
    "text for an address": alt.Chart("a.csv").mark_bar().encode(x="a:Q"),
    "a sequence": alt.Chart(alt.sequence(0, 10, 2, as_="x")).mark_bar(),
    "a graticule": alt.Chart(alt.graticule()).mark_geoshape().project("mercator"),
    "a frame of many dtypes": alt.Chart(
        FRAME.assign(c=FRAME["room"].astype("category"), z=FRAME["day"].dt.tz_localize("UTC"))
    ).mark_bar(),
}
PARTS = {
    "a channel": alt.Y("count:Q"),
    "two classes of one name": [alt.Color("room"), alt.vegalite.schema.core.Color("red")],
    "a mark": alt.MarkDef(type="bar", color="red"),
    "nothing said": [alt.Undefined, alt.Undefined],
}


@FAMILY.keeps(
    {
        "charts": CHARTS,
        "layers, facets, concatenations": COMPOUND,
        "parameters and expressions": PARAMETERS,
        "kinds of data": DATA,
        "parts of charts": PARTS,
    }
)
def test_a_chart_comes_back_the_same(store, value):
    assert_same(round_trip(store, value), value)


DRAWN = {
    f"{kind}: {name}": chart
    for kind, table in {"charts": CHARTS, "compound": COMPOUND, "parameters": PARAMETERS}.items()
    for name, chart in table.items()
    if isinstance(chart, alt.TopLevelMixin) and name != "nothing said"
}


@pytest.mark.parametrize("case", DRAWN)
def test_a_loaded_chart_draws_what_the_saved_one_draws(store, case):
    loaded = round_trip(store, DRAWN[case])

    assert loaded.to_dict() == DRAWN[case].to_dict()


def test_a_loaded_chart_can_be_worked_on(store):
    loaded = round_trip(store, BAR)

    ours, theirs = (chart.encode(color="room:N") + chart for chart in (loaded, BAR))
    assert ours.to_dict() == theirs.to_dict()
    assert loaded.encoding.x.shorthand == "room:N"
    assert loaded.encoding.color is alt.Undefined


def test_the_frame_of_a_chart_stays_the_frame_beside_it(store):
    loaded = round_trip(store, {"frame": FRAME, "chart": BAR})

    assert loaded["chart"].data is loaded["frame"]


class Own(alt.Chart):
    pass


REFUSED = {
    "an object in the data": (
        alt.Chart(pd.DataFrame({"a": [object()]})).mark_bar(),
        "object",
        '["data"]["a"][0]',
    ),
    "a subclass": (Own(FRAME), "subclass of altair", ""),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_can_not_be_kept_is_named_by_its_path(store, value, names, path):
    refuse(store, {"chart": value}, names=names, path='results["chart"]' + path)


def test_a_widget_is_refused_with_the_step():
    from stillroom import _families
    from stillroom._families import altair

    with pytest.raises(_families.RefusedError, match=r"\.chart"):
        altair.CLASSES["JupyterChart"](None)


def part(name: object, arguments: object = (), **fields: object) -> list:
    return built(121, name, arguments, mapping(fields))


HOSTILE = {
    "a class unknown": part("core.Popen"),
    "a class of a module unknown": part("os.PathLike"),
    "a class without a module": part("Chart"),
    "a function": part("api.layer"),
    "a class that is no part": part("api.Iterable"),
    "a class by its address": part("altair.vegalite.v6.api.Chart"),
    "a parameter with a method of its own": part("api.Parameter", to_dict=1),
    "a parameter with arguments": part("api.Parameter", (1,)),
    "a field that has no name": built(121, "api.Chart", (), mapping({1: 2})),
}


def test_what_is_forged_well_is_a_part():
    made = decode(manifest(*part("core.MarkDef", type="bar")), [], ())

    assert type(made) is alt.MarkDef
    assert made.to_dict() == {"type": "bar"}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_forged_chart_is_damage(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
