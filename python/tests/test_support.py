"""docs/support.md is what the tests say."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import Family, by_type

TOOL = Path(__file__).parent.parent.parent / "tools" / "support_table.py"


def test_the_support_table_is_made_of_these_tests():
    done = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_tick_is_a_table_that_a_test_goes_through():
    family = Family("Python", "an example")

    @family.keeps({"ints": {"one": 1, "two": 2}, "text": {"a": "b"}, "none here": {}})
    def test_kept(value): ...

    (mark,) = test_kept.pytestmark
    assert list(mark.kwargs["ids"]) == ["ints: one", "ints: two", "text: a"]
    assert list(mark.args[1]) == [1, 2, "b"]
    assert [kept.kind for kept in family.kept] == ["ints", "text"]


def test_a_refusal_is_a_line_that_a_test_goes_through():
    family = Family("Python", "another example")

    @family.refuses({"a function": (len, "function"), "a class": (int, "class")})
    def test_refused(value, names): ...

    (mark,) = test_refused.pytestmark
    assert list(mark.args[1]) == [(len, "function"), (int, "class")]
    assert family.refused == {"a function": len, "a class": int}


@pytest.fixture(autouse=True)
def no_examples_left():
    from support import FAMILIES

    count = len(FAMILIES)
    yield
    del FAMILIES[count:]


def test_cases_are_told_apart_by_their_class():
    assert by_type({"a": 1, "b": "x", "c": True, "d": 2}) == {
        "int": {"a": 1, "d": 2},
        "str": {"b": "x"},
        "bool": {"c": True},
    }
