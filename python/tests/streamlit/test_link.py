"""`?result=…`: one version by its link, read-only, for its owner and nobody else."""

from __future__ import annotations

import pytest
from fingerprint import fingerprint
from reading import label, opened, rows, words

import stillroom
from stillroom.streamlit import _access, _link, _words

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
st.text([page.get("metrics"), st.session_state.get("forecast")])
for key in ("metrics", "other"):
    if f"new {key}" in st.session_state:
        page[key] = st.session_state.pop(f"new {key}")
if st.session_state.pop("delete", False):
    del page["metrics"]
    st.session_state["left"] = page.get("metrics")
page.panel()
"""

OWNERS = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")
LEAVE = "stillroom-p-leave-link"


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with three versions of two results of a page."""
    for number in (1, 2, 3):
        values = {"forecast": f"forecast {number}", "metrics": f"metrics {number}"}
        local_store.save_page("p", values)
    return local_store


@pytest.fixture
def come_by(new_tab):
    """`come_by(text)`: a new tab, opened by a link."""

    def come(text: str, script: str = PAGE, **session):
        app = new_tab(script, **session)
        app.query_params[_link.PARAMETER] = text
        return app.run()

    return come


def link_to(store: stillroom.Store, key: str, version: int) -> str:
    record = next(one for one in store.history("p", key) if one.version == version)
    return _link.link_to(store.owner, record).text()


def read(app) -> str:
    """What the app shows of its results."""
    assert not app.exception, [error.message for error in app.exception]
    return app.text[0].value


@pytest.mark.parametrize("text", ["", "forecast", "p/forecast/3", "/etc/passwd", "p/%ff/3/x"])
def test_malformed_link_is_said_and_changes_nothing_else(come_by, store, text):
    app = come_by(text)

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert words(app).count(_words.BAD_LINK) == 1
    assert label(app) == "All 2 results saved"


# What a link shows.


def test_linked_version_is_what_the_page_reads(come_by, store):
    app = come_by(link_to(store, "metrics", 2))

    assert read(app) == "['metrics 2', 'forecast 3']"
    assert label(app).startswith("Version 2 of metrics, saved ")


def test_linked_version_of_a_session_key_is_in_the_session(come_by, store):
    app = come_by(link_to(store, "forecast", 1)).run()

    assert read(app) == "['metrics 3', 'forecast 1']"
    assert label(app).startswith("Version 1 of forecast, saved ")
    assert _words.LINK_IS_READ_ONLY in words(app)


def test_link_to_the_newest_version_is_read_only_too(come_by, store):
    app = come_by(link_to(store, "metrics", 3), **{"new other": 1})

    assert label(app).startswith("Version 3 of metrics, saved ")
    assert [record.key for record in store.results()] == ["forecast", "metrics"]


def test_link_to_a_stored_none_shows_none(come_by, local_store):
    local_store.save("p", "forecast", None)
    local_store.save("p", "forecast", "newer")

    app = come_by(link_to(local_store, "forecast", 1)).run()

    assert read(app) == "[None, None]"


def test_link_of_another_page_changes_nothing(come_by, store):
    text = link_to(store, "metrics", 2)

    app = come_by(f"another{text.removeprefix('p')}")

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert _words.BAD_LINK not in words(app)


def test_only_the_page_that_a_link_names_is_read_only(come_by, store):
    script = PAGE + '\nother = sr.page("q")\nother["made"] = 1\n'

    app = come_by(link_to(store, "metrics", 2), script)

    assert read(app) == "['metrics 2', 'forecast 3']"
    assert store.load("q", "made") == 1


def test_nothing_is_asked_again_while_a_link_is_shown(come_by, store, monkeypatch):
    app = come_by(link_to(store, "metrics", 2))

    def refuse(*_, **__):
        raise AssertionError("the store was asked")

    for name in ("history", "load", "load_page", "results"):
        monkeypatch.setattr(stillroom.Store, name, refuse)
    app.run()

    assert read(app) == "['metrics 2', 'forecast 3']"


# Where a link leads nowhere.

ABSENT = {
    "another seal": lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
    "another version": lambda text: text.replace("/2/", "/1/"),
    "a version that never was": lambda text: text.replace("/2/", "/9/"),
    "another key": lambda text: text.replace("metrics", "forecast"),
    "a key that never was": lambda text: text.replace("metrics", "nothing"),
    "a key that can't be": lambda text: text.replace("metrics", "a%0Ab"),
}


@pytest.mark.parametrize("change", ABSENT.values(), ids=ABSENT)
def test_link_to_nothing_is_said_and_changes_nothing_else(come_by, store, change):
    app = come_by(change(link_to(store, "metrics", 2)), **{"new other": 1})

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert _words.BAD_LINK in words(app)
    assert store.load("p", "other") == 1


def test_deleted_version_is_a_link_to_nothing(come_by, store):
    text = link_to(store, "metrics", 2)
    store.delete("p", "metrics", version=2)

    app = come_by(text)

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert _words.BAD_LINK in words(app)


def test_another_owner_s_link_looks_like_a_link_to_nothing(come_by, local_store, monkeypatch):
    # Both have the same values under the same keys, in as many versions.
    one, two = OWNERS
    for owner in OWNERS:
        for value in ("old", "new"):
            local_store.as_owner(owner).save("p", "metrics", value)
    text = link_to(local_store.as_owner(one), "metrics", 1)
    monkeypatch.setattr(_access, "owner_of", lambda decision, store: two)

    foreign = come_by(text)
    absent = come_by(text.replace("/1/", "/7/"))

    assert read(foreign) == "['new', None]"
    assert words(foreign) == words(absent)
    assert _words.BAD_LINK in words(foreign)


def test_link_tells_nothing_about_the_value(store):
    (record,) = (one for one in store.history("p", "metrics") if one.version == 2)

    seals = {_link.seal_of(owner, record) for owner in OWNERS}

    assert len(seals) == 2
    assert not any(seal in record.digest for seal in seals)


def test_link_dies_with_the_identity(come_by, store, somebody_else):
    app = come_by(link_to(store, "forecast", 1))
    assert read(app) == "['metrics 3', 'forecast 1']"

    somebody_else()
    app.run()

    assert read(app) == "[None, None]"
    assert "forecast 1" not in str(app.session_state.to_dict())
    assert "Version 1" not in words(app)


def test_link_waits_until_somebody_is_known(come_by, store, visitor, somebody_else):
    somebody_else()
    app = come_by(link_to(store, "metrics", 2))
    assert read(app) == "[None, None]"
    assert _words.BAD_LINK not in words(app)

    visitor()
    app.run()

    assert read(app) == "['metrics 2', 'forecast 3']"


def test_link_waits_until_the_store_answers(come_by, store, monkeypatch, later):
    history = stillroom.Store.history

    def away(*_, **__):
        raise stillroom.UnavailableError("away")

    monkeypatch.setattr(stillroom.Store, "history", away)
    app = come_by(link_to_by(history, store, "forecast", 2))
    assert _words.BAD_LINK not in words(app)

    monkeypatch.setattr(stillroom.Store, "history", history)
    later(31)
    app.run()

    assert app.session_state["forecast"] == "forecast 2"
    assert label(app).startswith("Version 2 of forecast, saved ")


def link_to_by(history, store: stillroom.Store, key: str, version: int) -> str:
    record = next(one for one in history(store, "p", key) if one.version == version)
    return _link.link_to(store.owner, record).text()


def test_version_that_can_not_be_opened_is_said(come_by, store, monkeypatch, caplog):
    load = stillroom.Store.load

    def damaged(self, page, key, *, version=None, **options):
        if version == 2:
            raise stillroom.CorruptError("blob 7 is not what was saved")
        return load(self, page, key, version=version, **options)

    monkeypatch.setattr(stillroom.Store, "load", damaged)
    app = come_by(link_to(store, "metrics", 2))

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert "The link leads to version 2 of metrics, which can't be opened here." in words(app)
    assert "blob 7 is not what was saved" in caplog.text


# Read-only.


def test_nothing_is_saved_or_deleted_while_a_link_is_shown(come_by, store, project):
    text = link_to(store, "metrics", 2)
    before = [(one.page, one.key, one.version) for one in store.results()]
    made = {"new other": "made here", "new metrics": "made here too", "delete": True}

    app = come_by(text, **made)
    app.session_state["forecast"] = "computed here"
    app.run()

    assert [(one.page, one.key, one.version) for one in store.results()] == before
    assert len(store.history("p", "metrics")) == 3
    assert read(app) == "['metrics 2', 'computed here']"
    assert app.session_state["left"] == "metrics 2"


def test_reading_by_a_link_writes_nothing_at_all(come_by, store, project):
    text = link_to(store, "metrics", 2)
    before = fingerprint(project / ".stillroom")

    words(come_by(text))

    assert fingerprint(project / ".stillroom") == before


def test_no_row_offers_to_save_load_or_delete(come_by, store):
    app = come_by(link_to(store, "metrics", 2), **{"new other": 1})

    rows(app)
    offers = [one for menu in opened(app).get("menu_button") for one in menu.options]

    assert [button.label for button in app.button] == [_words.BACK_TO_CURRENT]
    assert not set(offers) & {"Save", "Save again", "Save this one", "Delete", "Load version 3"}


def test_absent_key_is_not_deleted_in_silence(come_by, store):
    script = PAGE.replace('del page["metrics"]', 'del page["nothing"]')

    app = come_by(link_to(store, "metrics", 2), script, delete=True)

    assert "nothing" in app.exception[0].message


# Leaving.


def left(app):
    words(app)
    return app.button(key=LEAVE).click().run()


@pytest.mark.parametrize("key", ["metrics", "forecast"])
def test_leaving_brings_the_current_results_back(come_by, store, key):
    app = left(come_by(link_to(store, key, 1)))

    assert read(app) == "['metrics 3', 'forecast 3']"
    assert _link.PARAMETER not in app.query_params
    assert label(app) == "All 2 results saved"


def test_leaving_keeps_the_other_parameters(come_by, new_tab, store):
    app = new_tab(PAGE)
    app.query_params["hospital"] = ["north", "south"]
    app.query_params[_link.PARAMETER] = link_to(store, "metrics", 1)

    left(app.run())

    assert app.query_params == {"hospital": ["north", "south"]}


def test_leaving_brings_back_what_the_tab_held(new_tab, store):
    app = new_tab(PAGE, forecast="mine, not saved").run()
    app.query_params[_link.PARAMETER] = link_to(store, "forecast", 1)
    app.run()
    assert read(app) == "['metrics 3', 'forecast 1']"

    left(app)

    assert read(app) == "['metrics 3', 'mine, not saved']"


def test_another_link_takes_the_place_of_the_first(come_by, store):
    app = come_by(link_to(store, "metrics", 1))

    app.query_params[_link.PARAMETER] = link_to(store, "forecast", 2)
    app.run()

    assert read(app) == "['metrics 3', 'forecast 2']"


def test_what_was_computed_beside_a_link_stays_and_is_saved_by_hand_alone(come_by, store):
    app = come_by(link_to(store, "metrics", 1), **{"new other": "made from version 1"})

    left(app).run()
    assert rows(app)["other"] == "Only in this tab"
    assert [record.key for record in store.results()] == ["forecast", "metrics"]
    app.button(key="stillroom-p-save").click().run()

    assert store.load("p", "other") == "made from version 1"


def test_what_was_computed_over_a_link_can_be_had_back(come_by, store):
    app = come_by(link_to(store, "metrics", 1), **{"new metrics": "made here"}).run()
    assert read(app) == "['made here', 'forecast 3']"

    left(app)
    assert read(app) == "['metrics 3', 'forecast 3']"
    rows(app)
    app.button(key="stillroom-p-row-metrics-do").click().run()

    assert read(app) == "['made here', 'forecast 3']"
    assert store.load("p", "metrics") == "metrics 3"


# The recipe's panel.

RECIPE = """
import streamlit as st
from stillroom.compat import auto_load_if_available, render_results_storage_panel

auto_load_if_available("p")
st.text(st.session_state.get("forecast"))
render_results_storage_panel("p", "p", ["forecast"])
"""


def test_link_is_shown_on_a_page_after_the_recipe(come_by, store):
    app = come_by(link_to(store, "forecast", 1), RECIPE)
    assert read(app) == "forecast 1"
    app.run()
    assert read(app) == "forecast 1"

    left(app)

    assert read(app) == "forecast 3"


def test_link_to_an_undeclared_key_of_the_recipe_shows_nothing(come_by, store):
    app = come_by(link_to(store, "metrics", 1), RECIPE)

    assert "metrics" not in app.session_state
    assert read(app) == "forecast 3"
