"""The store is away, read-only, full or damaged: said calmly, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3

import pytest
from reading import label, rows, words

import stillroom
from stillroom.streamlit import _words

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
if st.session_state.pop("compute", False):
    st.session_state["forecast"] = "computed"
page.panel()
"""
SHARED = '[connections.results]\nidentity = "single-user"'
TRY_NOW = "stillroom-p-try-again"
SAVE_ALL = "stillroom-p-save"


@pytest.fixture
def instead(monkeypatch):
    """`instead(method, function)`: what a method of every store does from now on."""
    return lambda method, function: monkeypatch.setattr(stillroom.Store, method, function)


@pytest.fixture
def broken(instead):
    """`broken(method, error)`: a method of every store raises, until `broken(method)`."""
    whole = {name: getattr(stillroom.Store, name) for name in ("results", "_save_set")}

    def break_it(method: str, error: Exception | None = None) -> None:
        def raises(*_, **__):
            raise error

        instead(method, whole[method] if error is None else raises)

    return break_it


def failing(error):
    """A `load_page` that finds every key and can open none."""

    def load_page(self, page, keys=None, *, types=(), progress=None):
        return stillroom.PageLoad({}, {}, dict.fromkeys(keys, error))

    return load_page


AWAY = stillroom.UnavailableError("connection refused (os error 111)")


def test_store_that_is_away_is_said_without_its_error(new_tab, secrets, broken, caplog):
    secrets(SHARED)
    broken("results", AWAY)

    app = new_tab(PAGE, compute=True).run()

    assert label(app) == "Results store can't be reached"
    assert (
        "Nothing is lost: results in this tab are safe, and what was saved is untouched."
    ) in words(app)
    assert "Trying again in 5 s." in words(app)
    assert rows(app)["forecast"] == "Only in this tab"
    assert "os error" not in words(app)
    assert "os error 111" in caplog.text


def test_local_person_is_shown_the_error(new_tab, broken):
    broken("results", AWAY)

    assert "os error 111" in words(new_tab(PAGE).run()).replace("\\", "")


def test_store_is_not_asked_on_every_rerun_while_it_is_away(new_tab, broken, instead, later):
    app, asked = new_tab(PAGE), []
    broken("results", AWAY)
    app.run()

    instead("results", lambda self, page=None: asked.append(page) or [])
    app.run().run()
    assert asked == []
    later(6)
    app.run()

    assert asked
    assert label(app) == "Saved results"


def test_waits_longer_each_time(new_tab, broken, later):
    broken("results", AWAY)
    app, waits = new_tab(PAGE).run(), []

    for _ in range(5):
        waits.append(words(app).partition("Trying again in ")[2].partition("\n")[0])
        later(31)
        app.run()

    assert waits == ["5 s.", "10 s.", "20 s.", "30 s.", "30 s."]


def test_try_now_asks_at_once_and_brings_results_back(new_tab, broken, local_store):
    local_store.save("p", "forecast", "kept")
    broken("results", AWAY)
    app = new_tab(PAGE).run()
    assert "forecast" not in app.session_state

    broken("results")
    app.button(key=TRY_NOW).click().run()

    assert app.session_state["forecast"] == "kept"
    assert label(app) == "1 result saved"


def test_saved_results_stay_saved_on_the_screen_while_the_store_is_away(new_tab, broken, later):
    app = new_tab(PAGE, compute=True).run()

    later(31)
    broken("results", AWAY)
    app.run()

    assert label(app) == "Results store can't be reached"
    assert rows(app)["forecast"].startswith("Text")


def test_read_only_store_loads_and_says_that_it_can_not_save(new_tab, broken, local_store, later):
    local_store.save("p", "forecast", "kept")
    broken("_save_set", stillroom.DeniedError("the store is read-only: `/srv`"))
    app = new_tab(PAGE).run()
    assert app.session_state["forecast"] == "kept"

    app.session_state["compute"] = True
    app.run()
    assert label(app) == "Can't save right now"
    assert "This app can't write to its results store." in app.warning[0].value
    assert rows(app)["forecast"] == "Changed since version 1"

    broken("_save_set")
    later(6)
    assert label(app.run()) == "1 result saved"


def test_full_disk_is_called_so(new_tab, broken):
    broken("_save_set", stillroom.DiskFullError("the disk is full, nothing was saved"))

    app = new_tab(PAGE, compute=True).run()

    assert label(app) == "Can't save right now"
    assert _words.DISK_FULL in words(app)


def test_assignment_that_fails_raises_what_happened(new_tab, broken, local_store):
    broken("_save_set", AWAY)
    page = 'import stillroom.streamlit as sr\npage = sr.page("p")\npage["forecast"] = 1'

    app = new_tab(page).run()

    assert app.exception[0].message == str(AWAY)


def test_folder_that_others_can_write_to_is_not_opened_and_the_page_still_runs(new_tab, project):
    (project / ".stillroom").mkdir()
    os.chmod(project / ".stillroom", 0o777)

    app = new_tab(PAGE, compute=True).run()

    assert label(app) == "Results store can't be reached"
    assert app.session_state["forecast"] == "computed"
    assert rows(app)["forecast"] == "Only in this tab"


def test_mapping_of_a_store_that_can_not_be_opened_raises(new_tab, project):
    (project / ".stillroom").mkdir()
    os.chmod(project / ".stillroom", 0o777)
    page = """
import stillroom
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")
for ask in (lambda: "x" in page, lambda: page["x"], lambda: page.update(x=1)):
    try:
        ask()
        st.text("fine")
    except stillroom.DeniedError:
        st.text("denied")
"""

    app = new_tab(page).run()

    assert [text.value for text in app.text] == ["denied", "denied", "denied"]


def test_damaged_result_is_said_and_the_one_before_is_offered(new_tab, local_store, instead):
    local_store.save("p", "forecast", "first")
    local_store.save("p", "forecast", "second")
    instead("load_page", failing(stillroom.CorruptError("blob does not match its digest")))

    app = new_tab(PAGE).run()
    assert rows(app)["forecast"] == "Version 2 is damaged and was not loaded."
    assert label(app) == "1 result can't be opened"

    button = app.button(key="stillroom-p-row-forecast-do")
    assert button.label == "Load version 1"
    button.click().run()

    assert app.session_state["forecast"] == "first"
    assert rows(app)["forecast"] == "Showing version 1 of 2"


@pytest.fixture
def spoil(project):
    """`spoil()`: every record in the store is damaged from now on."""

    def spoil_records():
        with sqlite3.connect(project / ".stillroom" / "catalog.sqlite") as catalog:
            catalog.execute("UPDATE versions SET kind = 'x'")
        catalog.close()

    return spoil_records


def test_damaged_record_is_said_and_the_page_still_renders(new_tab, local_store, spoil):
    local_store.save_page("p", {"forecast": "kept", "other": 2})
    spoil()

    app = new_tab(PAGE).run()

    assert rows(app) == {
        "forecast": "Version 1 is damaged and was not loaded.",
        "other": "Version 1 is damaged and was not loaded.",
    }
    assert label(app) == "2 results can't be opened"
    assert "forecast" not in app.session_state


def test_value_whose_record_is_damaged_is_saved_again(new_tab, local_store, spoil, later):
    app = new_tab(PAGE.replace('["forecast"])', '["forecast"], autosave=False)'), compute=True)
    app.run()
    app.button(key=SAVE_ALL).click().run()
    spoil()

    later(31)
    app.run()
    assert rows(app)["forecast"] == "Only in this tab"
    app.button(key=SAVE_ALL).click().run()

    assert rows(app)["forecast"].startswith("Text")
    assert local_store.load("p", "forecast") == "computed"


OPENING = {
    "locked": (stillroom.DeniedError, "Saved by another app or key, so it can't be opened here."),
    "newer format": (stillroom.UnsupportedError, "Saved by a newer stillroom. Update to open it."),
    "too large": (stillroom.TooLargeError, "Version 1 can't be opened here."),
    "class unnamed": (
        stillroom.InvalidError,
        "Saved, but needs a class that this page doesn't name to open.",
    ),
}


@pytest.mark.parametrize(("error", "sentence"), OPENING.values(), ids=OPENING)
def test_result_that_can_not_be_opened_says_why_and_renders(
    new_tab, local_store, instead, error, sentence
):
    local_store.save("p", "forecast", "first")
    instead("load_page", failing(error("raw words of the store")))

    app = new_tab(PAGE).run()

    assert rows(app)["forecast"] == sentence


def test_locked_result_is_not_replaced_by_itself(new_tab, local_store, secrets):
    from stillroom import _core

    local_store.save("p", "forecast", model())
    secrets(f'[connections.results]\nsigning_key = "{_core.new_signing_key()}"')

    app = new_tab(PAGE).run()

    assert rows(app)["forecast"] == "Saved by another app or key, so it can't be opened here."
    assert [record.version for record in local_store.history("p", "forecast")] == [1]


def test_model_without_a_signing_key_is_said(new_tab, secrets):
    secrets(SHARED + '\nurl = "memory:"\nsigning_key = []')

    app = new_tab(PAGE.replace('"computed"', "st.session_state.model"), compute=True, model=model())
    app.run()

    assert rows(app)["forecast"] == "Can't be stored: models need a signing key in this app."


def model():
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
