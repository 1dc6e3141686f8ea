"""`stillroom.compat`: the recipe's names, each rule of docs/streamlit.md a test.

`test_from_the_recipe.py` has a table of the rules, and holds them on the app of the recipe.
Here are pages of a few lines, the service outside an app, and the encoder.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from reading import label, rows, words

import stillroom
from stillroom.compat import NpEncoder, ResultsStorageService, get_storage_service

APP = """
import streamlit as st
from stillroom.compat import auto_load_if_available, render_results_storage_panel

auto_load_if_available("Train models")
if st.session_state.pop("train", False):
    st.session_state["results"] = {("ridge", 1): 0.5}
    st.session_state["settings"] = None
st.text(st.session_state.get("results"))
render_results_storage_panel("train", "Train models", ["results", "settings"])
"""
SAVE = "stillroom-train-save"


def saved(new_tab):
    app = new_tab(APP, train=True).run()
    return app.button(key=SAVE).click().run()


# The panel and auto-load.


def test_saved_by_the_button_and_there_after_a_restart(new_tab, restarted):
    app = new_tab(APP, train=True).run()
    assert label(app) == "1 result not saved"
    app.button(key=SAVE).click().run()
    assert label(app) == "Saved 1 result"

    restarted()
    app = new_tab(APP).run()

    assert app.text[0].value == "{('ridge', 1): 0.5}"
    assert app.session_state["__Train models_loaded_from_db"] is True


def test_nothing_is_saved_without_the_button(new_tab, local_store):
    new_tab(APP, train=True).run().run()

    assert local_store.results() == []


def test_page_runs_twice_only_on_the_first_visit_after_a_start(new_tab, local_store, restarted):
    saved(new_tab)
    counted = APP.replace("import streamlit as st\n", COUNT, 1)
    restarted()

    first, second = new_tab(counted).run(), new_tab(counted).run()

    assert first.session_state["runs"] == 2
    assert second.session_state["runs"] == 1


def test_page_does_not_run_twice_when_nothing_is_stored(new_tab, local_store):
    assert (
        new_tab(APP.replace("import streamlit as st\n", COUNT, 1)).run().session_state["runs"] == 1
    )


COUNT = """
import streamlit as st
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
"""


def test_keys_given_to_auto_load_need_no_panel(new_tab, local_store):
    local_store.save("Train models", "results", [1.5])

    app = new_tab(
        "from stillroom.compat import auto_load_if_available\n"
        'auto_load_if_available("Train models", keys=["results"])'
    ).run()

    assert app.session_state["results"] == [1.5]


def test_rows_outside_the_declared_keys_stay_in_the_store_and_are_counted(new_tab, local_store):
    # D1 of the recipe: a row `role` made a viewer an admin.
    local_store.save_page("Train models", {"results": 1, "role": "admin", "other": 2})

    app = new_tab(APP, role="viewer").run()

    assert app.session_state["role"] == "viewer"
    assert "other" not in app.session_state
    assert app.session_state["results"] == 1
    assert "2 more results saved for this page under other names." in words(app)
    assert list(rows(app)) == ["results", "settings"]


def test_one_row_that_can_not_be_opened_does_not_stop_the_others(new_tab, local_store, monkeypatch):
    # D32 of the recipe.
    local_store.save_page("Train models", {"results": 1, "settings": 2})
    load_page = stillroom.Store.load_page

    def half(self, page, keys=None, *, types=(), progress=None):
        loaded = load_page(self, page, keys, types=types)
        failed = {"results": stillroom.CorruptError("damaged")}
        return stillroom.PageLoad({"settings": loaded["settings"]}, loaded.versions, failed)

    monkeypatch.setattr(stillroom.Store, "load_page", half)
    app = new_tab(APP).run()

    assert app.session_state["settings"] == 2
    assert rows(app)["results"] == "Version 1 is damaged and was not loaded."


def test_none_means_not_computed_and_the_stored_one_is_offered(new_tab, local_store):
    # D24 of the recipe: an old value came back behind a None.
    local_store.save("Train models", "settings", "stored")

    app = new_tab(APP, train=True, settings=None).run()

    assert app.session_state["settings"] is None
    assert "Not loaded" in rows(app)["settings"]


@pytest.mark.parametrize("value", [0, False, "", [], {}])
def test_falsy_value_comes_back(new_tab, local_store, value):
    # D34 of the recipe.
    local_store.save("Train models", "results", value)

    assert new_tab(APP).run().session_state["results"] == value


def test_different_texts_are_pointed_out_to_the_developer(new_tab, local_store):
    # D35 of the recipe: saved under the title, looked for under the key.
    app = new_tab(APP.replace('available("Train models")', 'available("train_models")')).run()

    hint = "auto-load was called for `train_models`, and this panel is for `Train models`"
    assert hint in words(app).replace("\\", "")


def test_same_texts_need_no_remark(new_tab, local_store):
    assert "auto-load" not in words(new_tab(APP).run().run())


@pytest.mark.parametrize("clear", [lambda s, k: s.pop(k), lambda s, k: s.update({k: False})])
def test_flag_deleted_or_set_to_false_means_load_again(new_tab, local_store, clear, later):
    local_store.save("Train models", "results", "old")
    app = new_tab(APP).run()
    local_store.save("Train models", "results", "new")

    later(31)
    assert app.run().session_state["results"] == "old"
    flag = "__Train models_loaded_from_db"
    if clear({flag: True}, flag):
        del app.session_state[flag]
    else:
        app.session_state[flag] = False
    app.run()

    assert app.session_state["results"] == "new"


def test_loading_again_does_not_touch_newer_work(new_tab, local_store):
    local_store.save("Train models", "results", "old")
    app = new_tab(APP).run()
    app.session_state["results"] = "mine"
    local_store.save("Train models", "results", "theirs")

    app.session_state["__Train models_loaded_from_db"] = False
    app.run()

    assert app.session_state["results"] == "mine"
    assert rows(app)["results"].startswith("Version 2 was saved at ")


def test_not_set_up_is_not_remembered_as_loaded(new_tab, local_store, visitor, somebody_else):
    # D31 of the recipe: the flag was set although nothing had been loaded.
    local_store.save("Train models", "results", "kept")
    somebody_else()
    app = new_tab(APP).run()
    assert "__Train models_loaded_from_db" not in app.session_state

    visitor()
    app.run()

    assert app.session_state["results"] == "kept"


def test_metadata_is_written_as_before(new_tab, local_store):
    saved(new_tab)

    (record,) = local_store.results()

    assert record.metadata["data_type"] == "<class 'dict'>"
    at = datetime.fromisoformat(record.metadata["saved_at"])
    assert abs(at - datetime.now(UTC)).total_seconds() < 3600
    assert record.version == 1


WRONG = {
    "one key as a text": ("auto_load_if_available('p', 'forecast')", "keys takes a list"),
    "no list of keys": ("auto_load_if_available('p', 5)", "keys takes a list"),
    "the panel's key as a text": (
        "render_results_storage_panel('p', 'p', 'forecast')",
        "custom_keys takes a list",
    ),
    "no keys for the panel": (
        "render_results_storage_panel('p', 'p', None)",
        "custom_keys takes a list",
    ),
    "a title that is none": ("render_results_storage_panel('p', None, ['a'])", "page is not text"),
}


@pytest.mark.parametrize(("call", "named"), WRONG.values(), ids=WRONG)
def test_wrong_argument_is_refused_by_name(new_tab, call, named):
    # A text was taken letter by letter, and nothing was brought back.
    app = new_tab(f"from stillroom.compat import *\n{call}").run()

    assert named in app.exception[0].message


# The service.

SERVICE = """
import streamlit as st
import stillroom
from stillroom.compat import get_storage_service

service = get_storage_service()
try:
    service.save_results("Train models", "results", [1.5], metadata={"rmse": 0.5})
except stillroom.UnauthenticatedError as error:
    st.text(error)
st.text([service.load_results("Train models", key) for key in ("results", "nothing")])
"""


def test_service_saves_and_loads_in_an_app(new_tab, local_store):
    app = new_tab(SERVICE).run()

    assert app.text[0].value == "[[1.5], None]"
    assert local_store.results()[0].metadata == {"rmse": 0.5}


def test_service_without_an_identity_saves_nothing_and_loads_none(new_tab, somebody_else, project):
    somebody_else()

    app = new_tab(SERVICE).run()

    assert app.text[0].value == "User not authenticated. Cannot save results."
    assert app.text[1].value == "[None, None]"
    assert not (project / ".stillroom").exists()


def test_outside_streamlit_the_owner_is_the_local_one(local_store):
    receipt = get_storage_service().save_results("Train models", "results", [1.5])

    assert isinstance(receipt, stillroom.Receipt)
    assert local_store.load("Train models", "results") == [1.5]
    assert get_storage_service().load_results("Train models", "results") == [1.5]


def test_default_tells_a_stored_none_from_absence():
    service = get_storage_service()
    service.save_results("p", "k", None)

    assert service.load_results("p", "k", default="absent") is None
    assert service.load_results("p", "nothing", default="absent") == "absent"
    assert service.load_results("p", "nothing") is None


@pytest.mark.parametrize(
    "error", [stillroom.CorruptError, stillroom.DeniedError, stillroom.UnavailableError]
)
def test_what_can_not_be_loaded_is_not_absent(monkeypatch, error):
    # D36 of the recipe: None meant missing, signed out and corrupt alike.
    def load(self, *_, **__):
        raise error("damaged, denied or away")

    monkeypatch.setattr(stillroom.Store, "load", load)

    with pytest.raises(error):
        get_storage_service().load_results("p", "k")


def test_service_names_what_the_recipe_named():
    service = ResultsStorageService()

    assert service.table_name == "app_results"
    assert service.client is None


def test_client_is_refused_until_it_can_be_used():
    with pytest.raises(stillroom.InvalidError, match="a client can't be used in this release"):
        ResultsStorageService(client=object())


def test_importing_it_imports_neither_streamlit_nor_numpy(run_python):
    script = (
        "import sys; import stillroom.compat as c; s = c.get_storage_service();"
        "s.save_results('p', 'k', [1.5]); s.load_results('p', 'k');"
        "print([m for m in ('streamlit', 'numpy', 'pandas') if m in sys.modules])"
    )

    assert run_python(script).strip() == "[]"


# The encoder.

ENCODED = {
    "np.int64": (np.int64(5), 5),
    "np.uint64 beyond int64": (np.uint64(2**63), 2**63),
    "np.float32": (np.float32(0.5), 0.5),
    "np.float64": (np.float64(0.1), 0.1),
    "np.bool": (np.True_, True),
    "array": (np.array([[1, 2], [3, 4]], "int8"), [[1, 2], [3, 4]]),
    "array without dimensions": (np.array(5), 5),
    "array of texts": (np.array(["a"]), ["a"]),
    "datetime64": (np.datetime64("2025-01-31T12:00"), "2025-01-31T12:00"),
    "datetime64 without a value": (np.datetime64("NaT", "s"), None),
    "timedelta64 keeps its unit": (np.timedelta64(5, "ns"), "5 nanoseconds"),
    "array of datetimes": (np.array([["2025-01-31", "NaT"]], "M8[D]"), [["2025-01-31", None]]),
    "one datetime in an array": (np.array("2025-01-31", "M8[s]"), "2025-01-31T00:00:00"),
    "Timestamp": (pd.Timestamp("2025-01-31", tz="UTC"), "2025-01-31T00:00:00+00:00"),
    "Timedelta": (pd.Timedelta("1h"), "0 days 01:00:00"),
    "Interval": (pd.Interval(0, 1), "(0, 1]"),
    "NaT": (pd.NaT, None),
    "NA": (pd.NA, None),
}


@pytest.mark.parametrize(("value", "read"), ENCODED.values(), ids=ENCODED)
def test_encoder_writes_what_the_recipe_s_readers_expect(value, read):
    assert json.loads(json.dumps({"value": value}, cls=NpEncoder)) == {"value": read}


def test_encoder_keeps_a_nan_for_readers_in_python():
    assert math.isnan(json.loads(json.dumps(np.float32("nan"), cls=NpEncoder)))


@pytest.mark.parametrize("value", [pd.DataFrame(), pd.Series(), np.complex128(1), {1}, b"x"])
def test_encoder_refuses_what_has_no_exact_form(value):
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(value, cls=NpEncoder)
