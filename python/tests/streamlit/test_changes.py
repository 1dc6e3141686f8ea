"""What changed from one version to the next, in a few words and sorted for a comparison."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from dialogs import unmarked

import stillroom
from stillroom.streamlit import _dialog_words
from stillroom.streamlit._changes import Changes
from stillroom.streamlit._words import Now

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})
TWICE = pd.concat([FRAME, FRAME], ignore_index=True)
LONG = "x" * 400


@pytest.fixture
def changes():
    """`changes(old, new)`: what a store finds between two values."""
    with stillroom.open("memory:") as store:

        def between(old, new) -> Changes:
            store.save("p", "k", old)
            store.save("p", "k", new)
            return Changes.of(store.diff("p", "k", 1, 2))

        yield between


SAID = {
    "a number": (1.21, 1.18, "1.21 → 1.18"),
    "a number of a dict": ({"rmse": 1.21, "n": 30}, {"rmse": 1.18, "n": 30}, "rmse 1.21 → 1.18"),
    "two numbers": ({"a": 1, "b": 1}, {"a": 2, "b": 2}, "a 1 → 2, b 1 → 2"),
    "more than two": (
        {"a": 1, "b": 1, "c": 1, "d": 1},
        {"a": 2, "b": 2, "c": 2, "d": 2},
        "a 1 → 2, b 1 → 2, 2 more changes",
    ),
    "a long number": (0.12345678912, 0.98765432112, "0.123457 → 0.987654"),
    "numbers that are near": (0.12345678912, 0.12345678913, "0.12345678912 → 0.12345678913"),
    "what is no number": ({"a": None, "b": True}, {"a": 1, "b": False}, "a None → 1, b True → False"),
    "a complex number": ({"z": 1j}, {"z": 2j}, "z (0.0+1.0j) → (0.0+2.0j)"),
    "a huge number": ({"n": 10**40}, {"n": 3}, "n int of 136 bits → 3"),
    "another text": ("first", "second", "first → second"),
    "a long text": (LONG, LONG + "y", "other text"),
    "a long text of a dict": ({"note": LONG}, {"note": LONG + "y"}, "note changed"),
    "a nested number": ({"m": {"x": {"y": 1}}}, {"m": {"x": {"y": 2}}}, "m.x.y 1 → 2"),
    "an item of a list": ({"folds": [1, 2]}, {"folds": [1, 3]}, "folds[1] 2 → 3"),
    "a key that is a number": ({1: 2}, {1: 3}, "[1] 2 → 3"),
    "a key that is new": ({"rmse": 1}, {"rmse": 2, "mape": 3}, "rmse 1 → 2, mape added"),
    "a key that is gone": ({"rmse": 1, "mape": 3}, {"rmse": 1}, "mape removed"),
    "many keys that are new": ({}, dict.fromkeys("abcde", 1), "a added, b added, c added, 2 more changes"),
    "keys of an ordered one": (OrderedDict(a=1), OrderedDict(a=1, b=2), "b added"),
    "more items": ([1, 2], [1, 2, 3], "1 item more"),
    "fewer items": ([1, 2, 3], [1], "2 items fewer"),
    "more rows": (FRAME, TWICE, "3 rows more"),
    "fewer rows": (FRAME, FRAME[:2], "1 row fewer"),
    "more rows of a series": (FRAME["a"], TWICE["a"], "3 rows more"),
    "columns": (FRAME, FRAME.assign(c=1, d=2).drop(columns="b"), "2 columns added, 1 column removed"),
    "cells": (FRAME, FRAME.assign(a=9), "1 column changed"),
    "a dtype": (FRAME, FRAME.astype({"a": float}), "1 column changed"),
    "an index": (FRAME, FRAME.set_axis([3, 4, 5]), "index changed"),
    "a table in a dict": ({"t": FRAME}, {"t": FRAME.assign(c=1)}, "1 column added"),
    "rows of a table in a dict": ({"t": FRAME}, {"t": TWICE}, "t changed"),
    "a table that is new": ({}, {"t": FRAME}, "t added"),
    "columns of Arrow": (pa.table({"a": [1]}), pa.table({"a": [1], "b": [2]}), "1 column added"),
    "rows of Arrow": (pa.table({"a": [1]}), pa.table({"a": [1, 2]}), "1 row more"),
    "a longer array": (np.arange(5.0), np.arange(7.0), "2 items more"),
    "another shape": (np.ones((2, 3)), np.ones((2, 4)), "was 2 × 3"),
    "another dtype": (np.arange(5.0), np.arange(5), "was float64"),
    "cells of an array": (np.arange(5.0), np.ones(5), "other values"),
    "more bytes": (b"abc", b"abcd", "was Bytes 3"),
    "members of a set": ({1, 2}, {1, 3}, "other values"),
    "another kind": ({"a": 1}, [1], "was Dictionary of 1"),
    "a number that is a table now": (1.5, FRAME, "was Float"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), SAID.values(), ids=SAID)
def test_what_changed_is_said_in_a_few_words(changes, old, new, words):
    assert unmarked(_dialog_words.changed(changes(old, new))) == words


NAMES = [
    'we"ird', "a.b", "[x]", "new\nline", "tab\t", "\\b", "ü☃", "\u202eturned", "'", "", "**bold**",
    ":red[x]",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_part_is_found_by_whatever_name_it_has(changes, name):
    found = changes({name: 1}, {name: 2})

    assert [one.path for one in found.scalars] == [(name,)]


def test_a_name_with_marks_in_it_shows_them(changes):
    said = _dialog_words.changed(changes({"**b** :red[x]": "*a*"}, {"**b** :red[x]": "`c`"}))

    assert said == r"\*\*b\*\* \:red\[x\] \*a\* → \`c\`"


def test_nothing_is_counted_twice(changes):
    found = changes({"a": 1, "t": FRAME, "l": [1]}, {"a": 2, "t": FRAME.assign(c=1), "l": [1, 2]})

    assert [one.name for one in found.scalars] == ["a"]
    assert found.added == ["t.c"]
    assert [one.name for one in found.parts] == ["l"]
    assert (found.rows, found.more) == (0, 0)


def test_changes_beyond_the_thousandth_are_counted(changes):
    old, new = ({f"k{n}": n + more for n in range(1_500)} for more in (0, 1))

    found = changes(old, new)

    assert len(found.scalars) + len(found.parts) + found.more == 1_500
    assert unmarked(_dialog_words.changed(found)).endswith("more changes")


BESIDES = {
    "columns": (
        FRAME,
        FRAME.assign(c=1, a=9).drop(columns="b"),
        ["Columns added: c.", "Columns removed: b.", "Columns changed: a."],
    ),
    "parts": (
        {"a": [1], "b": [1]},
        {"a": [1, 2], "c": [1]},
        ["Also added: c.", "Also removed: b.", "Also changed: a."],
    ),
    "single values that aren't shown": (
        {"a": 1, "b": 1},
        {"a": 2, "b": 2},
        ["And 2 more changes."],
    ),
    "nothing": (FRAME, TWICE, []),
}


@pytest.mark.parametrize(("old", "new", "sentences"), BESIDES.values(), ids=BESIDES)
def test_what_no_table_shows_is_said_in_sentences(changes, old, new, sentences):
    assert [*map(unmarked, _dialog_words.besides(changes(old, new), ()))] == sentences


def test_what_the_table_shows_is_not_said_again(changes):
    found = changes({"a": 1}, {"a": 2, "b": 1})

    assert _dialog_words.besides(found, {("a",), ("b",)}) == []


def test_of_many_names_the_first_are_said(changes):
    found = changes({}, {f"k{n}": [n] for n in range(15)})

    (sentence,) = _dialog_words.besides(found, ())

    assert sentence.endswith("k11 and 3 more.")


def test_a_version_is_told_by_when_how_large_and_what_changed(changes):
    found = changes(FRAME, TWICE)
    seen = Now(datetime(2026, 11, 24, 14, 4, tzinfo=UTC), ZoneInfo("America/Santiago"))

    said = _dialog_words.facts(found.new, _dialog_words.changed(found), seen)

    when, *others = said.split(" · ")
    assert others == ["6 × 2", "155 B", "3 rows more"]
    assert when.endswith(f"{found.new.created_at.astimezone(seen.zone):%H:%M}")


def test_a_long_name_is_cut_and_stays_on_one_line():
    assert _dialog_words.named("a\n" * 100) == "a " * 29 + "a…"


@pytest.mark.parametrize(
    ("kind", "key", "title"),
    [
        ("versions", "fore*cast", r"Versions of fore\*cast"),
        ("delete", "forecast", "Delete forecast?"),
        ("download", "", "Download all results"),
    ],
)
def test_a_dialog_is_called_by_what_it_is_about(kind, key, title):
    assert _dialog_words.title(kind, key) == title
