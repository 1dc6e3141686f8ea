"""Times, sizes and names as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stillroom.streamlit import _words
from stillroom.streamlit._session import Facts, Outcome
from stillroom.streamlit._words import Now

SANTIAGO = ZoneInfo("America/Santiago")
# Sunday 22 November 2026, 12:30 in Santiago.
NOON = Now(datetime(2026, 11, 22, 15, 30, tzinfo=UTC), SANTIAGO)

AGO = {
    "this moment": (timedelta(), "just now"),
    "a clock that runs ahead": (timedelta(minutes=-5), "just now"),
    "seconds": (timedelta(seconds=59), "just now"),
    "a minute": (timedelta(seconds=61), "1 min ago (12:28)"),
    "an hour": (timedelta(minutes=60), "1 h ago (11:30)"),
    "yesterday, hours ago": (timedelta(hours=13), "13 h ago (Sat 23:30)"),
    "a day": (timedelta(days=1), "1 day ago (Sat 12:30)"),
    "six days": (timedelta(days=6), "6 days ago (Mon 12:30)"),
    "a week": (timedelta(days=7), "7 days ago (15 Nov 12:30)"),
    "another year": (timedelta(days=400), "400 days ago (18 Oct 2025 12:30)"),
}


@pytest.mark.parametrize(("age", "text"), AGO.values(), ids=AGO)
def test_age_is_told_with_the_visitor_s_clock(age, text):
    assert _words.ago(NOON.time - age, NOON) == text


RESTORED = {
    "one": ((1, 0, timedelta()), "Restored 1 result saved Sun 12:30"),
    "several": ((3, 0, timedelta(days=5)), "Restored 3 results saved Tue 12:30"),
    "but one": ((2, 1, timedelta()), "Restored 2 of 3 results. See Saved results for the other."),
    "but two": ((1, 2, timedelta()), "Restored 1 of 3 results. See Saved results for the others."),
}


@pytest.mark.parametrize(("case", "text"), RESTORED.values(), ids=RESTORED)
def test_toast_says_what_came_back(case, text):
    brought, failed, age = case

    assert _words.restored(brought, failed, NOON.time - age, NOON) == text


FORMS = {
    "a frame": (("DataFrame", (1922, 3)), "Table 1,922 × 3"),
    "an array": (("ndarray", (3, 4, 1927)), "Array 3 × 4 × 1,927"),
    "a dict": (("dict", (12,)), "Dictionary of 12"),
    "a list": (("list", (0,)), "List of 0"),
    "a number": (("float", ()), "Float"),
    "a class": (("training.RunConfig", ()), "RunConfig"),
}


@pytest.mark.parametrize(("facts", "text"), FORMS.values(), ids=FORMS)
def test_value_is_named_as_people_would(facts, text):
    kind, shape = facts

    assert _words.form(Facts(1, kind, shape, 100, NOON.time)) == text


OUTCOMES = {
    "all new": (
        Outcome((("forecast", 4), ("metrics", 2)), ()),
        ("Saved 2 results", "Version 4 of forecast, version 2 of metrics."),
    ),
    "one unchanged": (
        Outcome((("forecast", 4),), ("models",)),
        ("Saved 1 result", "Version 4 of forecast. Unchanged: models."),
    ),
    "none": (
        Outcome((), ("a", "b", "c")),
        ("Nothing to save", "All 3 results are already saved."),
    ),
    "the only one": (
        Outcome((), ("a",)),
        ("Nothing to save", "The result is already saved."),
    ),
}


@pytest.mark.parametrize(("done", "text"), OUTCOMES.values(), ids=OUTCOMES)
def test_save_by_hand_says_what_it_did(done, text):
    assert _words.outcome(done) == text


@pytest.mark.parametrize(
    "name",
    ["*bold*", "[link](https://x)", ":material/home:", "$x$", "`code`", "<b>", "_a_", "a__b"],
)
def test_name_is_shown_as_it_is(name):
    shown = _words.plain(name)

    # What holds a name together can't be seen.
    assert re.sub(r"[\\\u2060]", "", shown) == name
    assert all(shown[place - 1] == "\\" for place, one in enumerate(shown) if one in "*[]()<>$`:_")


def test_usual_name_is_read_out_as_it_is():
    # Streamlit reads out the name of an opened menu with whatever stands before a mark.
    assert _words.plain("ml_mh_results") == "ml_mh_results"


@pytest.mark.parametrize("zone", [None, "", "No/Where", "../etc/passwd", "America", "/etc/passwd"])
def test_zone_that_nobody_knows_is_the_server_s(new_tab, zone):
    app = new_tab(
        "import streamlit as st\nfrom stillroom.streamlit import _words\nst.text(_words.visitor_zone())"
    )
    app.context["timezone"] = zone

    assert app.run().text[0].value == "None"


def test_zone_is_the_visitor_s(new_tab):
    app = new_tab(
        "import streamlit as st\nfrom stillroom.streamlit import _words\nst.text(_words.visitor_zone())"
    )
    app.context["timezone"] = "America/Santiago"

    assert app.run().text[0].value == "America/Santiago"
