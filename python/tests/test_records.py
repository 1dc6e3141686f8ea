"""What the store answers with: typed, read-only, safe to show."""

from __future__ import annotations

import dataclasses
import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from stillroom import Check, Deleted, NotFoundError, PageLoad, Part, Problem, Receipt, Record, Usage
from stillroom._html import extent, size
from stillroom._records import records_table

MARKUP = "<script>alert(1)</script>"


def facts(**changes: object) -> dict[str, object]:
    return {
        "page": "train_models",
        "key": "forecast",
        "version": 3,
        "digest": "ab" * 32,
        "kind": "DataFrame",
        "shape": (1922, 3),
        "bytes": 44_032,
        "label": "wider lags",
        "metadata": {"rmse": 1.18},
        "_summary": json.dumps({"columns": ["low", "high"]}),
        "_provenance": json.dumps({"python": "3.13.0"}),
        "created_at": 1_795_356_120_000_001,
        "expires_at": None,
        "pinned": False,
        "is_signed": False,
        "is_damaged": False,
    } | changes


def receipt_facts(**changes: object) -> dict[str, object]:
    return facts(unchanged=False, new_bytes=1024, durability="durable") | changes


def examples() -> dict[str, object]:
    """One of each, with markup wherever text was stored."""
    stored = {"page": MARKUP, "key": MARKUP, "label": MARKUP, "kind": MARKUP, "metadata": MARKUP}
    failed = {MARKUP: NotFoundError(MARKUP)}
    return {
        "Record": Record.from_dict(facts(**stored)),
        "Receipt": Receipt.from_dict(receipt_facts(**stored)),
        "Deleted": Deleted(page=MARKUP, key=MARKUP, versions=(2, 1), _undo=int),
        "Check, ok": Check((Part(MARKUP, MARKUP, 8),), (), 1, 16),
        "Check, not ok": Check((), (Problem(MARKUP, MARKUP),), 0, 0),
        "PageLoad": PageLoad({f"{MARKUP}2": 1}, {f"{MARKUP}2": 1}, failed),
        "Usage": Usage(results=1, versions=2, value_bytes=3, stored_bytes=4, quota=None),
    }


def test_a_record_is_made_of_what_the_extension_gives():
    record = Record.from_dict(facts())

    assert record.summary == {"columns": ["low", "high"]}
    assert record.provenance == {"python": "3.13.0"}
    assert record.metadata == {"rmse": 1.18}
    assert record.shape == (1922, 3)


@pytest.mark.parametrize(
    ("microseconds", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1, datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        # A float of seconds has no room for this microsecond.
        (250_000_000_000_000_001, datetime(9892, 3, 8, 12, 26, 40, 1, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc_to_the_microsecond(microseconds: int, expected: datetime):
    created_at = Record.from_dict(facts(created_at=microseconds)).created_at

    assert created_at == expected
    assert created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", examples())
def test_answers_are_read_only(name: str):
    answer = examples()[name]

    if dataclasses.is_dataclass(answer):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(answer, dataclasses.fields(answer)[0].name, "changed")
    with pytest.raises((AttributeError, TypeError)):
        answer.something_new = 1


@pytest.mark.parametrize("name", examples())
def test_stored_text_never_becomes_markup(name: str):
    html = examples()[name]._repr_html_()

    assert "<script" not in html
    assert name == "Usage" or "&lt;script&gt;" in html


def test_a_table_of_records_escapes_stored_text():
    html = records_table(MARKUP, [Record.from_dict(facts(key=MARKUP, label=MARKUP))])

    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3


@pytest.mark.parametrize("name", examples())
def test_a_repr_tells_what_it_is(name: str):
    assert name.split(",")[0] in repr(examples()[name])


def test_a_records_repr_says_where_which_what_and_when():
    assert repr(Record.from_dict(facts())) == (
        "<Record 'train_models' 'forecast' version 3, 'wider lags': "
        "DataFrame 1,922 × 3, 44 KB, saved 2026-11-22 14:02 UTC>"
    )


def test_a_receipt_is_a_record_and_says_what_was_written():
    receipt = Receipt.from_dict(receipt_facts())

    assert isinstance(receipt, Record)
    assert "1 KB written" in receipt._repr_html_()
    assert "unchanged" in Receipt.from_dict(receipt_facts(unchanged=True))._repr_html_()


def test_records_of_one_version_are_equal_and_can_be_in_a_set():
    one = Record.from_dict(facts())

    assert one == Record.from_dict(facts(metadata=[1, 2]))
    assert one != Record.from_dict(facts(version=4))
    assert len({one, Record.from_dict(facts())}) == 1


def test_records_survive_pickle():
    receipt = Receipt.from_dict(receipt_facts())

    assert pickle.loads(pickle.dumps(receipt)) == receipt


def test_a_check_is_true_only_without_problems():
    good = Check.from_dict(
        {
            "parts": [("value", "list", 8), ("value[0]", "int", 2)],
            "problems": [],
            "more": 0,
            "bytes": 10,
        }
    )
    problems = [("value[0]", "can't keep a lambda")]
    bad = Check.from_dict({"parts": [], "problems": problems, "more": 0, "bytes": 0})

    assert (good.ok, bool(good), good.bytes) == (True, True, 10)
    assert (bad.ok, bool(bad)) == (False, False)
    assert "value[0]: can't keep a lambda" in repr(bad)


def test_a_page_load_raises_what_went_wrong_with_a_key():
    error = NotFoundError("no result at `train_models/mae`")
    loaded = PageLoad({"rmse": None}, {"rmse": 2}, {"mae": error})

    assert dict(loaded) == {"rmse": None}
    assert (len(loaded), "rmse" in loaded, "mae" in loaded) == (1, True, False)
    with pytest.raises(NotFoundError) as raised:
        loaded["mae"]
    assert raised.value is error
    with pytest.raises(KeyError):
        loaded["never asked for"]


def test_a_page_load_shows_what_loaded_and_what_did_not():
    loaded = PageLoad({"rmse": 1.21}, {"rmse": 2}, {"mae": NotFoundError("no result")})

    assert repr(loaded) == "<PageLoad: 'rmse' version 2\n  'mae' failed: no result>"
    assert repr(PageLoad({}, {}, {})) == "<PageLoad: nothing loaded>"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 KB"),
        (44_032, "44 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (14_700_000, "14.7 MB"),
        (120_400_000, "120 MB"),
        (1_200_000_000, "1.2 GB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_sizes_are_said_as_people_say_them(length: int, expected: str):
    assert size(length) == expected


def test_usage_is_said_in_words():
    usage = Usage(results=1, versions=2000, value_bytes=44_032, stored_bytes=812, quota=None)

    assert repr(usage) == "<Usage: 1 result, 2,000 versions, 44 KB of values in 812 B>"


def test_a_scalar_has_no_extent():
    assert (extent(()), extent((0,)), extent((1922, 3))) == ("", "0", "1,922 × 3")
