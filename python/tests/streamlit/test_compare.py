"""Two versions side by side, and the value in the tab beside a version."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from dialogs import choose, labels, one, open_dialog, press, said, title, unmarked

import stillroom
from stillroom import _core

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["result"], autosave=False, max_auto_mb=1)
page.panel()
"""
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})
LARGE = np.ones(300_000)


@pytest.fixture
def compared(new_tab, local_store):
    """`compared(old, new)`: a tab that shows these two stored values side by side."""

    def compare(old, new):
        local_store.save("p", "result", old, label="old")
        local_store.save("p", "result", new)
        app = new_tab(PAGE).run()
        open_dialog(app, "result", "Versions")
        choose(app, "Actions for version 2", "Compare")
        return app

    return compare


@pytest.fixture
def tab_and_version(new_tab, local_store):
    """`tab_and_version(old, value)`: a tab that shows a stored value beside its own."""

    def compare(old, value):
        local_store.save("p", "result", old)
        app = new_tab(PAGE).run()
        app.session_state["result"] = value
        app.run()
        open_dialog(app, "result", "Compare with version 1")
        return app

    return compare


def table(app) -> list[tuple[str, str, str]]:
    """The lines of the table, its headings first."""
    found = app.table[0].value
    rows = [tuple(map(unmarked, row)) for row in found.itertuples(index=False, name=None)]
    return [tuple(map(str, found.columns)), *rows]


def test_numbers_stand_side_by_side_with_the_new_one_marked(compared):
    app = compared({"rmse": 1.21, "n": 30}, {"rmse": 1.18, "n": 30})

    assert title(app) == "Versions of result"
    assert table(app) == [
        (" ", "Version 1", "Version 2"),
        ("Size", "25 B", "25 B"),
        ("rmse", "1.21", "**1.18**"),
        ("n", "30", "30"),
    ]
    assert said(app) == ""


def test_tables_are_compared_by_rows_and_columns(compared):
    app = compared(FRAME, pd.concat([FRAME, FRAME]).assign(c=1, a=9))

    assert table(app)[1:3] == [("Rows", "3", "**6**"), ("Columns", "2", "**3**")]
    assert said(app) == "Columns added: c."


def test_single_values_that_only_one_has_are_shown(compared):
    app = compared({"rmse": 1.5, "gone": 1}, {"rmse": 1.5, "mape": 2})

    assert table(app)[2:] == [
        ("gone", "1", "**–**"),
        ("mape", "–", "**2**"),
        ("rmse", "1.5", "1.5"),
    ]
    assert said(app) == ""


@pytest.mark.parametrize("number", [1, 3])
def test_two_of_one_value_are_said_to_be_the_same(compared, local_store, number):
    local_store.save("p", "result", {"a": 1})
    app = compared({"a": 2}, {"a": 1})

    app.selectbox[0].select(number).run()
    app.selectbox[1].select(3).run()

    assert said(app) == "They hold the same value."
    assert app.table == []


def test_values_without_parts_to_tell_are_said_to_be_others(compared):
    app = compared(np.arange(5.0), np.ones(5))

    assert table(app)[1:] == [("Value", "Array 5", "Array 5"), ("Size", "53 B", "53 B")]
    assert said(app) == "They hold other values."


def test_of_very_many_values_the_first_are_shown_and_the_others_counted(compared):
    old, new = ({f"k{n}": n + more for n in range(50)} for more in (0, 1))

    app = compared(old, new)

    assert len(table(app)) == 1 + 1 + 20
    assert said(app) == "And 30 more changes."


def test_hostile_names_and_values_are_text(compared):
    hostile = "**b** :red[x] $x$ `c` [l](http://a.b) <i>"

    app = compared({hostile: "old"}, {hostile: hostile})

    (cells,) = app.table[0].value.iloc[1:].itertuples(index=False, name=None)
    assert unmarked(cells[0]) == hostile
    assert unmarked(cells[2]) == f"**{hostile}**"
    assert r"\*\*b\*\* \:red\[x\]" in cells[2]


def test_others_are_chosen_by_version_and_label(compared):
    app = compared({"a": 1}, {"a": 2})

    first, second = app.selectbox
    assert [unmarked(option) for option in first.options] == [
        "In this tab",
        "Version 2",
        "Version 1 · old",
    ]
    second.select(0).run()

    assert table(app)[0] == (" ", "Version 1", "In this tab")
    # The tab holds what the newest version does.
    assert table(app)[2] == ("a", "1", "**2**")


def test_a_choice_is_not_kept_for_another_pair(new_tab, local_store):
    for number in range(4):
        local_store.save("p", "result", {"a": number})
    app = new_tab(PAGE).run()
    open_dialog(app, "result", "Versions")
    choose(app, "Actions for version 2", "Compare")
    app.selectbox[0].select(4).run()
    press(app, "Back to the versions")

    choose(app, "Actions for version 3", "Compare")

    assert table(app)[0] == (" ", "Version 2", "Version 3")


def test_the_first_version_is_compared_with_the_newest(compared):
    app = compared({"a": 1}, {"a": 2})
    press(app, "Back to the versions")

    choose(app, "Actions for version 1", "Compare")

    assert table(app)[0] == (" ", "Version 1", "Version 2")


# The value in the tab.


def test_value_in_the_tab_is_compared_with_what_is_stored(tab_and_version, local_store):
    app = tab_and_version({"rmse": 1.21}, {"rmse": 1.18})

    assert title(app) == "Compare versions of result"
    assert table(app)[0] == (" ", "Version 1", "In this tab")
    assert table(app)[2] == ("rmse", "1.21", "**1.18**")
    assert labels(app) == []
    assert [record.version for record in local_store.history("p", "result")] == [1]


def test_value_in_the_tab_is_compared_once(tab_and_version, monkeypatch):
    app = tab_and_version({"rmse": 1.21}, {"rmse": 1.18})

    def refuse(*_, **__):
        raise AssertionError("it was loaded again")

    monkeypatch.setattr(stillroom.Store, "load", refuse)
    app.run().run()

    assert table(app)[2] == ("rmse", "1.21", "**1.18**")


def test_another_value_in_the_tab_is_compared_anew(tab_and_version):
    app = tab_and_version({"rmse": 1.21}, {"rmse": 1.18})

    app.session_state["result"] = {"rmse": 1.05}
    app.run()

    assert table(app)[2] == ("rmse", "1.21", "**1.05**")


def test_value_that_can_not_be_stored_is_not_compared(new_tab, local_store):
    for number in (1, 2):
        local_store.save("p", "result", number)
    app = new_tab(PAGE, result=lambda: 1).run()
    open_dialog(app, "result", "Versions")
    choose(app, "Actions for version 2", "Compare")

    app.selectbox[1].select(0).run()

    assert said(app) == "What can't be stored can't be compared either."
    assert app.table == []


@pytest.mark.parametrize(("old", "value"), [(LARGE, 1), (1, LARGE)], ids=["stored", "in the tab"])
def test_values_that_are_too_large_are_not_loaded_to_be_compared(
    new_tab, local_store, monkeypatch, old, value
):
    app = new_tab(PAGE, result=value).run()
    local_store.save("p", "result", old)
    asked = []
    monkeypatch.setattr(stillroom.Store, "load", lambda *names, **_: asked.append(names))
    app.session_state["result"] = value
    app.run()

    open_after_listing(app)

    assert said(app) == "They are too large to be compared here."
    assert asked == []


def open_after_listing(app) -> None:
    app.session_state["_stillroom"]["results"].pages["p"].forget_listing()
    app.run()
    open_dialog(app, "result", "Compare with version 1")


def test_model_is_compared_with_the_app_s_own_key(new_tab, secrets):
    secrets(
        '[connections.results]\nurl = "memory:"\nidentity = "single-user"\n'
        f'signing_key = "{_core.new_signing_key()}"'
    )
    script = PAGE.replace(
        "page.panel()",
        """
from sklearn.linear_model import LinearRegression
made = LinearRegression().fit([[0.0], [1.0]], [0.0, st.session_state.get("slope", 1.0)])
st.session_state["result"] = {"model": made, "slope": made.coef_[0]}
page.panel()
""",
    )
    app = new_tab(script).run()
    press(app, "Save 1 result")
    app.session_state["slope"] = 2.0
    app.run()

    open_dialog(app, "result", "Compare with version 1")

    assert table(app)[2][0] == "slope"
    assert said(app) == "Also changed: model."


def test_version_that_can_not_be_read_is_named(compared, monkeypatch):
    app = compared({"a": 1}, {"a": 2})
    preview = stillroom.Store.preview

    def damaged(self, page, key, *, version=None, rows=10):
        if version == 2:
            raise stillroom.CorruptError("a manifest is damaged")
        return preview(self, page, key, version=version, rows=rows)

    monkeypatch.setattr(stillroom.Store, "preview", damaged)
    app.run()

    assert said(app) == "Version 2 is damaged and was not loaded."
    one(app.selectbox, "Compared with")


def test_nothing_that_could_be_compared_is_said(compared, local_store):
    app = compared({"a": 1}, {"a": 2})
    local_store.delete("p", "result")
    app.session_state["result"] = None
    app.run()

    assert said(app) == "No versions are saved."
