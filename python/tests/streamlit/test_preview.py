"""A look at what is stored without loading it: heads of tables, charts, single values."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from dialogs import PREVIEWED, choose, dialog, inside, open_dialog, press, said, title, unmarked

import stillroom
from stillroom.streamlit import _words

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "c": [0.5, np.nan, 1.5]})
DAYS = FRAME.set_axis(pd.date_range("2026-01-01", periods=3, name="day"))


def kinds(app) -> list[str]:
    """The elements of the dialog by their kinds."""
    return [element.type for element in inside(dialog(app))]


def cells(app) -> dict[str, list]:
    (head,) = app.dataframe
    return {name: list(column) for name, column in head.value.items()}


def points(app) -> pd.DataFrame:
    """What the chart draws."""
    (chart,) = (one for one in inside(dialog(app)) if "chart" in one.type)
    (data,) = chart.proto.datasets
    return pa.ipc.open_stream(data.data.data).read_pandas()


def metrics(app) -> dict[str, str]:
    return {unmarked(one.label): unmarked(one.value) for one in app.metric}


def test_a_table_is_shown_by_its_first_rows_as_they_are(preview, loads):
    app = preview(FRAME)

    assert title(app) == "Preview of result"
    assert cells(app) == {
        " ": ["0", "1", "2"],
        "a": ["1", "2", "3"],
        "b": ["x", "y", "None"],
        "c": ["0.5", "NaN", "1.5"],
    }
    assert said(app).startswith("Table 3 × 3 · version 1, saved ")
    assert said(app).endswith("\n3 rows")
    assert loads == []


def test_numeric_columns_are_drawn_as_lines_along_the_index(preview):
    found = points(preview(DAYS))

    assert set(found["Column"]) == {"a", "c"}
    assert sorted(found["At"])[0] == pd.Timestamp("2026-01-01")
    assert found.loc[found["Column"] == "c", "Value"].isna().sum() == 1


def test_the_first_of_many_rows_and_columns_are_shown_and_counted(preview):
    frame = pd.DataFrame(np.arange(600 * 120).reshape(600, 120), dtype=float)

    app = preview(frame.add_prefix("c"))

    assert len(cells(app)[" "]) == 500
    assert said(app).endswith("First 500 of 600 rows · First 100 of 120 columns")
    assert set(points(app)["Column"]) == {"c0", "c1", "c2", "c3", "c4"}
    assert "c0, c1, c2, c3, c4; 95 more numeric columns not drawn" in said(app)


EXACT = {
    "a large whole number": (2**63 - 1, "9223372036854775807"),
    "a long one": (0.1 + 0.2, "0.30000000000000004"),
    "infinity": (np.inf, "inf"),
    "a time": (pd.Timestamp("2026-01-01 12:00"), "2026-01-01T12:00:00"),
    "a truth": (True, "True"),
}


@pytest.mark.parametrize(("value", "text"), EXACT.values(), ids=EXACT)
def test_a_cell_is_exact(preview, value, text):
    assert cells(preview(pd.DataFrame({"x": [value]})))["x"] == [text]


def test_a_number_has_room_so_that_no_digit_is_cut_off(preview):
    app = preview(pd.DataFrame({"x": [1 / 3, 2.0], "y": [1.0, 2.0], "t": ["z" * 60] * 2}))

    config = json.loads(app.dataframe[0].proto.columns)
    assert config["x"]["width"] > 8 * len(str(1 / 3))
    assert config["x"]["alignment"] == config["y"]["alignment"] == "right"
    assert config["t"]["alignment"] == "left"
    # The others have the room that is left.
    assert "width" not in {**config["y"], **config["t"]}


NAMES = [
    "a.b",
    "a:b",
    "a:Q",
    "a[0]",
    "a\\b",
    "**bold**",
    "'",
    '"',
    " ",
    "value",
    "At",
    "Column",
    "",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("others", [[], ["other"]], ids=["alone", "beside another"])
def test_a_chart_is_drawn_whatever_its_columns_are_called(preview, name, others):
    """In the oldest Streamlit the name of a column is parsed as Altair's shorthand."""
    frame = pd.DataFrame({one: [1.0, 2.0] for one in [name, *others]})

    app = preview(frame.rename_axis(f"{name} index"))

    assert points(app)["Value"].tolist() == [1.0, 2.0] * (1 + len(others))


def test_columns_of_one_name_are_told_apart(preview):
    app = preview(pd.DataFrame([[1, 2]], columns=["a", "a"]))

    assert list(cells(app)) == [" ", "a", "a (2)"]


UNDRAWN = {
    "a single row": FRAME[:1],
    "no numbers": FRAME[["b"]],
    "no row": FRAME[:0],
    "truths": pd.DataFrame({"t": [True, False]}),
    "nothing but missing ones": pd.DataFrame({"x": [np.nan, np.nan]}),
    "infinities": pd.DataFrame({"x": [np.inf, -np.inf]}),
    "complex numbers": pd.DataFrame({"z": [1j, 2j]}),
}


@pytest.mark.parametrize("value", UNDRAWN.values(), ids=UNDRAWN)
def test_what_makes_no_line_is_shown_without_a_chart(preview, value):
    assert [kind for kind in kinds(preview(value)) if "chart" in kind] == []


def test_an_infinite_number_does_not_hide_the_others(preview):
    found = points(preview(pd.DataFrame({"x": [1.0, np.inf, 3.0, 1e301]})))

    assert found["Value"].tolist()[::2] == [1.0, 3.0]
    assert found["Value"].isna().sum() == 2


def test_times_with_a_zone_are_drawn_where_the_table_shows_them(preview):
    days = pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")

    app = preview(pd.DataFrame({"x": [1, 2]}, index=days))

    shown = cells(app)[" "][0].partition("Z")[0]
    assert pd.Timestamp(shown) == points(app)["At"][0]


HEADS = {
    "a series": (FRAME["c"], "Series 3", "3 rows"),
    "an array": (np.arange(5.0), "Array 5", "5 items"),
    "an array of two dimensions": (np.ones((20, 30)), "Array 20 × 30", "First 500 of 600 items"),
    "a single cell": (np.array(3.0), "Array", "1 item"),
    "a table of Arrow": (pa.table({"a": [1, None]}), "Table 2 × 1", "2 rows"),
}


@pytest.mark.parametrize(("value", "form", "rows"), HEADS.values(), ids=HEADS)
def test_everything_with_rows_is_shown_by_its_head(preview, loads, value, form, rows):
    app = preview(value)

    assert said(app).startswith(f"{form} · version 1, saved ")
    assert said(app).endswith(f"\n{rows}")
    assert len(app.dataframe) == 1
    assert loads == []


SINGLE = {
    "a number": (1.21, {"Value": "1.21"}),
    "nothing": (None, {"Value": "None"}),
    "a short text": ("fine", {"Value": "fine"}),
    "a day": (datetime.date(2026, 11, 24), {"Value": "2026-11-24"}),
    "metrics": ({"rmse": 1.2, "n": 3}, {"rmse": "1.2", "n": "3"}),
    "nested ones": ({"m": {"rmse": 1.2}}, {"m.rmse": "1.2"}),
    "one that looks like markup": (
        {":red[x] **b**": "$x^2$ `c` [l](http://a.b)"},
        {":red[x] **b**": "$x^2$ `c` [l](http://a.b)"},
    ),
}


@pytest.mark.parametrize(("value", "shown"), SINGLE.values(), ids=SINGLE)
def test_single_values_are_shown_large(preview, loads, value, shown):
    app = preview(value)

    assert metrics(app) == shown
    assert all(one.value == _words.plain(unmarked(one.value)) for one in app.metric)
    assert loads == []


def test_many_single_values_are_in_a_table(preview):
    app = preview({f"k{n}": n for n in range(9)})

    assert list(app.table[0].value["Name"]) == [f"k{n}" for n in range(9)]
    assert app.metric == []


def test_a_long_text_is_shown_as_it_is_as_far_as_there_is_room(preview):
    text = "# no heading\n" + "word " * 200

    (code,) = preview(text).code

    assert code.value.startswith("# no heading\nword word")
    assert len(code.value) < 300


WITHIN = {
    "a dict": (
        {"rmse": 1.2, "folds": [1, 2], "table": FRAME},
        "Also in it: folds (list of 2), table (DataFrame 3 × 3).",
    ),
    "a list": ([1, "two", [3]], "1, two"),
    "nothing to show": (FRAME[[]].T, "0 rows"),
    "a set": ({3}, "3"),
    "a value without a picture": (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), "It can't be shown without loading it."),
}  # fmt: skip


@pytest.mark.parametrize(("value", "words"), WITHIN.values(), ids=WITHIN)
def test_what_is_in_a_value_is_said(preview, value, words):
    assert said(preview(value)).split("\n")[-1] == words


def test_an_older_version_is_previewed_from_the_list(new_tab, local_store, loads):
    for number in (1, 2):
        local_store.save("p", "result", number)
    app = new_tab(PREVIEWED).run()
    open_dialog(app, "result", "Versions")

    choose(app, "Actions for version 1", "Preview")

    assert metrics(app) == {"Value": "1"}
    assert title(app) == "Versions of result"
    press(app, "Back to the versions")
    assert app.metric == []


def test_a_version_that_can_not_be_read_is_said_without_its_error(preview, monkeypatch, caplog):
    def damaged(*_, **__):
        raise stillroom.CorruptError("blob 7 is not what was saved")

    monkeypatch.setattr(stillroom.Store, "preview", damaged)
    app = preview(1)

    assert "blob 7" not in said(app)
    assert "blob 7" in caplog.text


def test_a_result_that_is_gone_is_said(preview, local_store):
    app = preview(1)
    local_store.delete("p", "result")

    assert said(app.run()) == "It isn't there any more."
