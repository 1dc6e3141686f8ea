"""The list of a result's versions: what stands there, and what each of them offers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from dialogs import choose, dialog, inside, labels, offered, open_dialog, press, said, title, toasts
from reading import opened

import stillroom
from stillroom.streamlit import _link, _words

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""
BADGE = ":gray-badge[In this tab]"
EVERYTHING = ["Preview", "Compare", "Make current", "Pin", "Copy link", "Download", "Delete"]


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with three versions of a result."""
    for number, label in ((1, "first try"), (2, None), (3, "wider lags")):
        local_store.save("p", "metrics", {"rmse": 1.3 - number / 10, "n": 30}, label=label)
    return local_store


@pytest.fixture
def versions(new_tab):
    """`versions(key)`: a new tab with the list of a result's versions open in it."""

    def opens(key: str = "metrics", zone: str | None = None, **asked: str):
        app = new_tab(PAGE)
        app.context["timezone"] = zone
        for name, value in asked.items():
            app.query_params[name] = value
        open_dialog(app.run(), key, "Versions")
        return app

    return opens


def listed(app) -> list[str]:
    """The lines of the list, each a version's name with its facts."""
    lines = [line for line in said(app).split("\n") if line != BADGE]
    return [" · ".join(pair) for pair in zip(lines[::2], lines[1::2], strict=True)]


def badged(app) -> str:
    """The name of the version that is said to be in the tab."""
    lines = said(app).split("\n")
    return lines[lines.index(BADGE) - 2]


def test_newest_comes_first_with_its_label_and_what_changed(versions, store):
    app = versions()

    newest, _, oldest = (line.split(" · ") for line in listed(app))
    assert title(app) == "Versions of metrics"
    assert newest[:2] == ["**Version 3", "wider lags**"]
    assert newest[3:] == ["Dictionary of 2", "25 B", "rmse 1.1 → 1.0"]
    assert badged(app) == "**Version 3 · wider lags**"
    # Nothing came before the first.
    assert oldest[:2] == ["**Version 1", "first try**"]
    assert oldest[3:] == ["Dictionary of 2", "25 B"]


@pytest.mark.parametrize("zone", ["America/Santiago", "Asia/Kolkata"])
def test_times_are_the_visitor_s(versions, store, zone):
    app = versions(zone=zone)

    saved = store.history("p", "metrics")[0].created_at.astimezone(ZoneInfo(zone))
    assert f"{saved:%a %H:%M} · Dictionary" in listed(app)[0]


def test_a_table_is_told_by_its_rows_and_columns(versions, local_store):
    frame = pd.DataFrame({"a": range(1_922), "b": 0.5})
    for value in (frame[:1_860], frame, frame.assign(c=1)):
        local_store.save("p", "forecast", value)

    app = versions("forecast")

    assert "1,922 × 3" in listed(app)[0]
    assert [line.rpartition(" · ")[2] for line in listed(app)[:2]] == [
        "1 column added",
        "62 rows more",
    ]


def test_a_version_that_holds_what_an_older_one_does_says_so(versions, store):
    store.rollback("p", "metrics", 1)

    assert listed(versions())[0].endswith("same as version 1")


def test_what_changed_is_asked_once_and_only_for_what_is_listed(versions, local_store, monkeypatch):
    for number in range(15):
        local_store.save("p", "metrics", number)
    diff, asked = stillroom.Store.diff, []

    def counted(self, page, key, old, new=None):
        asked.append((old, new))
        return diff(self, page, key, old, new)

    monkeypatch.setattr(stillroom.Store, "diff", counted)
    app = versions()
    app.run().run()

    assert asked == [(number, number + 1) for number in range(14, 4, -1)]


def test_only_the_other_versions_can_be_loaded(versions, store):
    assert labels(versions()) == ["Load version 2", "Load version 1"]


def test_a_version_offers_what_can_be_done_with_it(versions, store):
    app = versions()

    assert offered(app, "Actions for version 2") == EVERYTHING
    assert offered(app, "Actions for version 3") == [
        one for one in EVERYTHING if one != "Make current"
    ]


def test_a_single_version_has_nothing_to_be_compared_with(versions, local_store):
    local_store.save("p", "metrics", 1)

    assert "Compare" not in offered(versions(), "Actions for version 1")


def test_a_thousand_versions_are_listed_ten_at_a_time(versions, project):
    with stillroom.open(keep_versions=None) as store:
        for number in range(1_000):
            store.save("p", "metrics", number)

    app = versions()
    first = listed(app)
    press(app, "Show older")

    assert [len(first), len(listed(app))] == [10, 20]
    assert first[-1].startswith("**Version 991**")
    assert listed(app)[-1].startswith("**Version 981**")
    assert listed(app)[-1].endswith("979 → 980")


def test_nothing_older_is_offered_where_all_are_listed(versions, local_store):
    for number in range(11):
        local_store.save("p", "metrics", number)

    app = versions()
    press(app, "Show older")

    assert len(listed(app)) == 11
    assert "Show older" not in labels(app)


def test_a_damaged_version_is_listed_and_can_only_be_deleted(versions, store, damage):
    damage(2)

    app = versions()

    assert listed(app)[1] == "**Version 2** · Damaged, so it can't be opened."
    assert offered(app, "Actions for version 2") == ["Delete"]
    assert labels(app) == ["Load version 1"]
    # Beside the last one that is whole.
    assert listed(app)[0].endswith("rmse 1.2 → 1.0")
    choose(app, "Actions for version 2", "Delete")
    assert [one.version for one in store.history("p", "metrics")] == [3, 1]


def test_a_difference_that_can_not_be_found_leaves_the_list_as_it_is(versions, store, monkeypatch):
    def damaged(*_):
        raise stillroom.CorruptError("a manifest is damaged")

    monkeypatch.setattr(stillroom.Store, "diff", damaged)
    app = versions()

    assert [line.rpartition(" · ")[2] for line in listed(app)] == ["25 B"] * 3
    assert app.warning == []


HOSTILE = [
    "**bold** :red[x]",
    ":material/delete: :smile:",
    "[a](javascript:alert(1)) <b>",
    "of $x^2$ and `code`",
    "two\nlines",
    "تحسين",
    "z" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_is_text_on_one_line(versions, local_store, text):
    local_store.save("p", "metrics", 1, label=text)

    app = versions()

    name, _ = (one.value for one in inside(dialog(app)) if one.type == "markdown")
    line = " ".join(text.split())
    shown = line if len(line) <= 60 else f"{line[:59]}…"
    assert name == f"**Version 1 · {_words.plain(shown)}**"
    assert "\n" not in name


@pytest.mark.parametrize("key", [text for text in HOSTILE if "\n" not in text])
def test_a_key_is_text_in_the_title(versions, local_store, key):
    local_store.save("p", key, 1)

    app = versions(key)

    shown = key if len(key) <= 60 else f"{key[:59]}…"
    assert dialog(app).proto.dialog.title == f"Versions of {_words.plain(shown)}"


def test_a_copied_link_shows_its_version_in_another_tab(versions, store, new_tab):
    app = versions()
    choose(app, "Actions for version 1", "Copy link")
    address = dialog(app).code[0].value

    other = new_tab(PAGE)
    other.query_params[_link.PARAMETER] = address.partition("=")[2]
    other.run()

    assert "for you alone" in said(app)
    assert other.text[0].value == "[{'rmse': 1.2, 'n': 30}, None]"


def test_back_leads_to_the_list(versions, store):
    app = versions()
    choose(app, "Actions for version 1", "Copy link")
    assert title(app) == "Versions of metrics"

    press(app, "Back to the versions")

    assert len(listed(app)) == 3


def test_while_a_link_is_shown_everything_is_for_reading(versions, store):
    record = store.history("p", "metrics")[1]
    text = _link.link_to(store.owner, record).text()

    app = versions(**{_link.PARAMETER: text})

    assert labels(app) == []
    assert offered(app, "Actions for version 1") == ["Preview", "Compare", "Copy link", "Download"]
    assert badged(app) == "**Version 2**"


def test_versions_that_are_gone_are_said(versions, store):
    app = versions()
    store.delete("p", "metrics")

    app.run()

    assert said(app) == "No versions are saved."
    assert toasts(app) == []


def test_what_was_stored_is_within_reach_of_a_value_that_can_not_be(new_tab, local_store):
    local_store.save("p", "forecast", "stored")
    script = PAGE.replace('"])', '"], autosave=False)', 1)
    app = new_tab(script, forecast=lambda: 1).run()
    opened(app)

    items = ["Load version 1", "Preview", "Versions", "Download", "Delete"]
    assert offered(app, "Actions for forecast") == items
    choose(app, "Actions for forecast", "Load version 1")

    assert app.session_state["forecast"] == "stored"
