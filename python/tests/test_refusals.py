"""What can't be kept: named, placed and answered before a byte is written; and `check`, which finds it all."""

import dataclasses
import io
import re
import types
from collections import UserDict, UserList
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stillroom

CODE = {
    "lambda": (
        lambda: 0,
        "can't keep a lambda; store its parameters, or define it with def in a module",
    ),
    "function": (
        re.match,
        "can't keep a function; store its parameters, and call it again after a load: match",
    ),
    "built-in function": (len, "can't keep a function"),
    "method": ("".join, "can't keep a function"),
    "class": (int, "can't keep a class; store its name"),
    "generic alias": (list[int], "GenericAlias"),
    "module": (re, "can't keep a module; store its name"),
    "pattern": (re.compile("a"), r"store its \.pattern"),
    "open file": (io.BytesIO(b""), r"_io\.BytesIO"),
    "iterator": (iter([]), "list_iterator"),
    "zip": (zip(), r"list\(\.\.\.\)"),
    "not implemented": (NotImplemented, "NotImplementedType"),
    "mapping proxy": (types.MappingProxyType({}), r"dict\(\.\.\.\)"),
    "namespace": (types.SimpleNamespace(a=1), r"vars\(\.\.\.\)"),
    "user dict": (UserDict(), r"\.data"),
    "user list": (UserList(), r"\.data"),
}


@pytest.mark.parametrize("case", CODE)
@pytest.mark.parametrize("place", ["alone", "deep inside"])
def test_refused_with_what_to_do(store, store_path, store_bytes, case: str, place: str):
    value, message = CODE[case]
    nested = {"cv": [1, 2, 3, {"scorer": value}]}
    store.save("page", "results", "before")
    before = store_bytes(store_path)

    with pytest.raises(stillroom.UnsupportedError, match=message) as caught:
        store.save("page", "results", value if place == "alone" else nested)

    path = "results" if place == "alone" else 'results["cv"][3]["scorer"]'
    assert caught.value.path == path
    assert str(caught.value).endswith(f"; at {path}")
    assert store_bytes(store_path) == before


@dataclasses.dataclass
class Fold:
    scorer: Any


def with_attributes() -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["scorer"] = len
    return frame


pytestmark = pytest.mark.filterwarnings("ignore:a load won't find")

PLACES = {
    "list": ([0, len], "results[1]"),
    "tuple": ((0, len), "results[1]"),
    "set": ({len}, "results{…}"),
    "dict by text": ({"a b": len}, 'results["a b"]'),
    "dict by a quote": ({'say "x"': len}, 'results["say \\"x\\""]'),
    "dict by an int": ({3: len}, "results[3]"),
    "dict by none": ({None: len}, "results[None]"),
    "dict by a tuple": ({("ridge", 7): len}, 'results[("ridge", 7)]'),
    "dict by one in a tuple": ({(7,): len}, "results[(7,)]"),
    "dict by bytes": ({b"secret": len}, "results[<bytes>]"),
    "dict by a long text": ({"k" * 100: len}, f'results["{"k" * 60}…"]'),
    "key of a dict": ({0: 0, len: 1}, "results.keys()[1]"),
    "dataclass": (Fold(len), "results.scorer"),
    "all of them": ({"cv": [Fold(({"a": len},))]}, 'results["cv"][0].scorer[0]["a"]'),
    "column of cells": (pd.DataFrame({"a": [1], "b": [len]}), 'results["b"][0]'),
    "attributes of a frame": ({"f": with_attributes()}, 'results["f"].attrs["scorer"]'),
}


@pytest.mark.parametrize("case", PLACES)
def test_the_path_is_what_a_person_would_write(store, case: str):
    value, path = PLACES[case]

    with pytest.raises(stillroom.UnsupportedError) as caught:
        store.save("page", "results", value)

    assert caught.value.path == path


def test_what_was_refused_does_not_spoil_the_next_save(store):
    with pytest.raises(stillroom.UnsupportedError):
        store.save("page", "results", [{"a": [1, len]}])

    store.save("page", "results", [{"a": [1]}])
    assert store.load("page", "results") == [{"a": [1]}]


def test_a_set_of_saves_with_one_refusal_saves_none(store, store_path, store_bytes):
    before = store_bytes(store_path)

    with pytest.raises(stillroom.UnsupportedError) as caught:
        store.save_page("page", {"good": 1, "bad": [len]})

    assert caught.value.path == "bad[0]"
    assert store_bytes(store_path) == before


# ------------------------------------------------------------------ check


def test_check_finds_all_that_is_wrong_at_once(store, store_path, store_bytes):
    cycle: list = []
    cycle.append(cycle)
    shared = [1]
    value = {
        "a": len,
        "b": [1, (2, print), [{"c": re}]],
        "d": cycle,
        "e": pd.DataFrame({"ok": [1.0], "bad": [len], "worse": [print], "fine": ["x"]}),
        "f": {"g": [lambda: 0, shared]},
        "h": shared,
        "i": 1,
    }
    before = store_bytes(store_path)

    check = store.check(value)

    assert not check.ok
    assert [problem.path for problem in check.problems] == [
        'value["a"]',
        'value["b"][1][1]',
        'value["b"][2][0]["c"]',
        'value["d"][0]',
        'value["e"]["bad"][0]',
        'value["e"]["worse"][0]',
        'value["f"]["g"][0]',
    ]
    assert [part.path for part in check.parts] == [f'value["{key}"]' for key in value]
    assert "lambda" in check.problems[-1].message
    assert store_bytes(store_path) == before


def test_check_sizes_every_part(store):
    value = {
        "array": np.zeros(100_000),
        "text": "x" * 50_000,
        "frame": pd.DataFrame({"a": np.arange(10_000)}),
        "small": 1,
    }

    check = store.check(value)

    sizes = {part.path: part.bytes for part in check.parts}
    assert check.ok
    assert [part.kind for part in check.parts] == ["ndarray", "str", "DataFrame", "int"]
    assert 800_000 <= sizes['value["array"]'] < 801_000
    assert 50_000 <= sizes['value["text"]'] < 50_100
    assert 80_000 <= sizes['value["frame"]'] < 81_000
    assert sizes['value["small"]'] < 20
    assert abs(check.bytes - store.save("page", "key", value).bytes) < 1_000


@pytest.mark.parametrize("dtype", ["object", "str", "string[python]"])
def test_check_sizes_text_as_a_save_does(store, dtype: str):
    value = pd.Series(["é" * 3, None, "x" * 5_000] * 1_000, dtype=dtype)

    assert abs(store.check(value).bytes - store.save("page", "key", value).bytes) < 1_000


@pytest.mark.parametrize(
    "value", [1, "x" * 10_000, [1, 2, 3], {1, 2}, (), {}], ids=lambda value: repr(value)[:20]
)
def test_check_takes_a_value_without_named_parts_as_one(store, value: Any):
    check = store.check(value)

    (part,) = check.parts
    assert (part.path, part.kind) == ("value", type(value).__name__)
    assert part.bytes > 0


def test_check_names_the_first_parts_and_counts_the_others(store):
    value = {f"k{n}": "x" * 100 for n in range(1_500)}

    check = store.check(value)

    assert check.ok
    assert [len(check.parts), check.more] == [1_000, 500]
    assert check.parts[-1].path == 'value["k999"]'
    assert check.parts[-1].bytes < 120, "what follows is not counted to the last that is named"
    assert abs(check.bytes - store.save("page", "key", value).bytes) < 1_000
    assert "and 500 more" in check._repr_html_()


def test_check_ends_with_the_thousandth_problem(store):
    check = store.check([lambda: 0 for _ in range(1_500)])

    assert not check.ok
    assert len(check.problems) == 1_000


def test_check_says_that_a_value_is_too_deep(store):
    value: list = []
    for _ in range(10_000):
        value = [value]

    check = store.check({"ok": 1, "deep": value})

    (problem,) = check.problems
    assert problem.path.startswith('value["deep"][0][0]')
    assert "1000" in problem.message


def test_check_warns_of_no_class(store, recwarn):
    @dataclasses.dataclass
    class Local:
        a: int

    assert store.check(Local(1)).ok
    assert not recwarn.list
