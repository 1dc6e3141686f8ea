"""`session_keys`: brought back before the widgets, once, and no others."""

from __future__ import annotations

import warnings

import pytest
from reading import label, rows

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

st.session_state.update(st.session_state.pop("computed_before", {}))
page = sr.page("train_models", session_keys=["forecast", "metrics"], max_auto_mb=1)
st.session_state.update(st.session_state.pop("computed_after", {}))
page.panel()
"""

DATACLASS = """
from dataclasses import dataclass
import streamlit as st
import stillroom.streamlit as sr

@dataclass
class RunConfig:
    trees: int

page = sr.page("train_models", session_keys=["config", "metrics"], types=[RunConfig])
if st.session_state.pop("compute", False):
    st.session_state.update(config=RunConfig(24), metrics={"rmse": 1.25})
page.panel()
st.text(type(st.session_state.get("config")) is RunConfig)
"""


def test_saved_results_are_back_in_a_new_tab(new_tab, local_store):
    local_store.save_page("train_models", {"forecast": [1.5, 2.5], "metrics": {("ridge", 1): 0.5}})

    app = new_tab(PAGE).run()

    assert app.session_state["forecast"] == [1.5, 2.5]
    assert app.session_state["metrics"] == {("ridge", 1): 0.5}
    assert label(app) == "All 2 results saved"


def test_restoring_is_said_in_one_toast_and_once(new_tab, local_store):
    local_store.save_page("train_models", {"forecast": 1, "metrics": 2})

    app = new_tab(PAGE).run()
    first = [toast.value for toast in app.toast]
    app.run()

    assert len(first) == 1
    assert first[0].startswith("Restored 2 results saved ")
    assert not app.toast


def test_value_in_the_tab_is_never_overwritten(new_tab, local_store):
    local_store.save("train_models", "forecast", "stored")

    app = new_tab(PAGE, computed_before={"forecast": "newer"}).run()

    assert app.session_state["forecast"] == "newer"
    assert rows(app)["forecast"] == "Your tab has a newer one; version 1 stays saved"


def test_default_of_a_new_tab_does_not_replace_what_is_saved(new_tab, local_store):
    local_store.save("train_models", "forecast", "stored")

    new_tab(PAGE, computed_before={"forecast": {}}).run().run()

    assert local_store.load("train_models", "forecast") == "stored"


def test_value_in_the_tab_may_be_saved_over_the_stored_one_by_hand(new_tab, local_store):
    local_store.save("train_models", "forecast", "stored")

    app = new_tab(PAGE, computed_before={"forecast": "newer"}).run()
    app.button(key="stillroom-train_models-save").click().run()

    assert label(app) == "Saved 1 result"
    assert local_store.load("train_models", "forecast") == "newer"
    assert local_store.load("train_models", "forecast", version=1) == "stored"


def test_row_under_an_undeclared_key_changes_nothing(new_tab, local_store):
    # D1 of the recipe: a row `role` made a viewer an admin.
    local_store.save("train_models", "role", "admin")
    app = new_tab(PAGE, role="viewer").run()
    newcomer = new_tab(PAGE).run()

    assert app.session_state["role"] == "viewer"
    assert "role" not in newcomer.session_state
    assert rows(newcomer)["role"].startswith("Text")


@pytest.mark.parametrize("key", ["_stillroom", "$$ID-x", "FormSubmitter:f-x", "stillroom-x-open"])
def test_row_under_a_reserved_key_changes_nothing(new_tab, local_store, key):
    page = PAGE.replace('"forecast"', f'"forecast", {key!r}')
    local_store.save_page("train_models", {key: "planted", "forecast": 1})

    app = new_tab(page).run()

    assert "planted" not in map(str, app.session_state.values())
    assert app.session_state["forecast"] == 1
    assert rows(app)[key] == f'Can\'t be restored: "{key}" belongs to a widget.'.replace(
        key, "".join(f"\\{c}" if not c.isalnum() else c for c in key)
    )
    assert local_store.load("train_models", key) == "planted"


@pytest.mark.parametrize(
    "widget",
    ["st.slider('Weight', 0, 9, key='metrics')", "st.button('Go', key='metrics')"],
)
def test_key_of_a_widget_is_neither_saved_nor_restored(new_tab, local_store, widget):
    page = PAGE.replace("page.panel()", f"{widget}\npage.panel()")

    app = new_tab(page, forecast=1).run()
    assert rows(app)["metrics"] == 'Can\'t be restored: "metrics" belongs to a widget.'
    assert [record.key for record in local_store.results()] == ["forecast"]

    local_store.save("train_models", "metrics", 7)
    app = new_tab(page).run()
    assert not app.exception
    assert app.session_state["metrics"] in (0, False)


def test_cleared_result_comes_back_when_asked_and_not_by_itself(new_tab, local_store):
    local_store.save("train_models", "forecast", [1.5])
    app = new_tab(PAGE).run()

    del app.session_state["forecast"]
    app.run()
    assert "forecast" not in app.session_state
    assert "Not loaded" in rows(app)["forecast"]
    app.button(key="stillroom-train_models-row-forecast-do").click().run()

    assert app.session_state["forecast"] == [1.5]


def test_none_in_a_declared_key_means_not_computed(new_tab, local_store):
    local_store.save("train_models", "forecast", [1.5])

    app = new_tab(PAGE, computed_before={"forecast": None, "metrics": None}).run()

    assert app.session_state["forecast"] is None
    assert "Not loaded" in rows(app)["forecast"]
    assert rows(app)["metrics"] == "Not computed yet"
    assert [record.version for record in local_store.results()] == [1]


def test_large_result_waits_for_a_click(new_tab, local_store):
    local_store.save_page("train_models", {"forecast": bytes(1_200_000), "metrics": 1})

    app = new_tab(PAGE).run()
    assert "forecast" not in app.session_state
    assert app.session_state["metrics"] == 1
    assert rows(app)["forecast"].startswith("1.2 MB, saved ")
    app.button(key="stillroom-train_models-row-forecast-do").click().run()

    assert app.session_state["forecast"] == bytes(1_200_000)
    assert label(app) == "All 2 results saved"


def test_recomputed_instead_of_loaded_goes_on_top_of_what_was_listed(new_tab, local_store):
    local_store.save("train_models", "forecast", bytes(1_200_000))

    app = new_tab(PAGE, computed_after={"forecast": "small"}).run()

    assert label(app) == "1 change not saved"
    assert local_store.load("train_models", "forecast") == bytes(1_200_000)


def test_dataclass_of_a_page_file_comes_back_though_it_is_redefined(new_tab, local_store):
    new_tab(DATACLASS, compute=True).run()

    app = new_tab(DATACLASS).run()

    assert app.text[0].value == "True"
    assert app.session_state["config"].trees == 24


@pytest.mark.parametrize(("types", "warned"), [("[LinearRegression]", 0), ("[]", 1)])
def test_class_that_the_page_names_is_not_warned_of_when_it_is_saved(
    new_tab, local_store, types, warned
):
    # It was: the page knew the class, and the save warned that no load would.
    page = f"""
from statistics import LinearRegression
import stillroom.streamlit as sr

page = sr.page("p", types={types})
page["trend"] = LinearRegression(2.0, 0.0)
"""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        app = new_tab(page).run()

    assert not app.exception
    assert len([one for one in seen if "types=[LinearRegression]" in str(one.message)]) == warned


def test_missing_class_keeps_its_key_alone_from_loading(new_tab, local_store, caplog):
    new_tab(DATACLASS, compute=True).run()
    page = PAGE.replace('"forecast"', '"config"')

    app = new_tab(page).run()

    assert app.session_state["metrics"] == {"rmse": 1.25}
    assert "config" not in app.session_state
    assert rows(app)["config"] == "Saved, but needs the class RunConfig to open."
    assert app.toast[0].value == "Restored 1 of 2 results. See Saved results for the other."
    assert "types=[RunConfig]" in caplog.text


def test_key_declared_later_is_brought_back_then(new_tab, local_store):
    local_store.save_page("train_models", {"forecast": 1, "extra": 2})
    page = PAGE.replace('"metrics"]', '"metrics", *st.session_state.get("more", [])]')
    app = new_tab(page).run()

    app.session_state["more"] = ["extra"]
    app.run()

    assert app.session_state["extra"] == 2
