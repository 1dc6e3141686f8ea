"""Lists, tuples, sets, dicts and their kin: items, order, kind, and who is who."""

import collections
from collections import OrderedDict, defaultdict, deque
from typing import Any

import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family, by_type

import stillroom

FAMILY = Family("Python", "containers")

NAN = float("nan")


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth - 1):
        value = [value]
    return value


def moved_to_end() -> OrderedDict:
    """An order of its own: not that in which its keys came."""
    value = OrderedDict(a=1, b=2, c=3)
    value.move_to_end("a")
    return value


VALUES = {
    "empty list": [],
    "list": [1, "a", None, 2.5],
    "list of lists": [[], [[]], [1, [2]]],
    "list of ints": list(range(5_000)),
    "empty tuple": (),
    "tuple": (1, ("a", (None,))),
    "tuple that holds a list": ([1], [1]),
    "empty set": set(),
    "set": {1, "a", None, 2.5, (1, 2)},
    "set of long text": {"x" * 5_000, "y" * 5_000, b"z" * 5_000},
    "set of sets": {frozenset(), frozenset({1}), frozenset({frozenset({1})})},
    "large set": set(range(3_000)),
    "empty frozenset": frozenset(),
    "frozenset": frozenset({(1, 2), "a"}),
    "empty dict": {},
    "dict in its order": {"b": 1, "a": 2},
    "dict keyed by tuples": {("ridge", 7): 1.5, ("ridge", 1): NAN},
    "dict of every kind of key": {
        None: 0,
        1: 1,
        2.5: 2,
        "a": 3,
        b"b": 4,
        (1, (2,)): 5,
        frozenset({1}): 6,
    },
    "dict keyed by true": {True: "a", 0: "b"},
    "dict keyed by a float": {1.0: "a", 0: "b"},
    "dict keyed by nan": {NAN: 1, float("nan"): 2, float("nan"): 3},
    "dict that looks like a tag": {"8": [27, "module", "name"], "type": "list"},
    "dict of dicts with the same keys": [{"mae": 1, "rmse": {"mae": 2}}, {"rmse": 3, "mae": 4}],
    "dict with text as key and as value": {"mae": "mae"},
    "dict with a long key": {"k" * 5_000: 1, "k" * 5_001: {"k" * 5_000: 2}},
    "dict with ellipsis": {...: ...},
    "ordered dict": OrderedDict(b=1, a=2),
    "ordered dict, moved": moved_to_end(),
    "empty ordered dict": OrderedDict(),
    "defaultdict of list": defaultdict(list, {"a": [1]}),
    "defaultdict of int": defaultdict(int, {"a": 1}),
    "defaultdict without factory": defaultdict(None, {"a": 1}),
    "deque": deque([1, [2], "a"]),
    "deque with a maximum": deque([1, 2], maxlen=2),
    "deque of no room": deque(maxlen=0),
    "range": range(5),
    "range backwards": range(10, -3, -4),
    "range beyond 64 bits": range(2**70, 2**71, 2**69),
    "slice": slice(None),
    "slice of anything": slice(1, "a", (2, None)),
    "as deep as allowed": nested(1_001),
}


@FAMILY.keeps(by_type(VALUES))
def test_a_container_comes_back_item_by_item(store, value):
    assert_same(round_trip(store, value), value)


def test_a_shared_object_stays_shared(store):
    rows, seen, tally = [1], {1}, deque([1])
    value = {"a": rows, "b": [rows, rows], "c": (seen, seen), "d": {"e": tally}, "f": tally}

    loaded = round_trip(store, value)

    assert_same(loaded, value)
    assert loaded["a"] is loaded["b"][0] is loaded["b"][1]
    assert loaded["c"][0] is loaded["c"][1]
    assert loaded["d"]["e"] is loaded["f"]


def test_equal_objects_stay_apart(store):
    first, second = round_trip(store, [[1], [1]])

    assert first is not second


def test_a_defaultdict_still_makes_values(store):
    loaded = round_trip(store, defaultdict(list))

    assert loaded["new"] == []


def test_an_object_that_is_shared_at_every_level_is_kept_once(store):
    # Written anew wherever it comes, this would be 2**200 lists.
    value: list = []
    for _ in range(200):
        value = [value, value]

    loaded = round_trip(store, value)

    assert loaded[0] is loaded[1]


def test_the_order_of_a_set_does_not_make_a_version(store):
    store.save("page", "key", {"a", "b", "c", "d"})

    assert store.save("page", "key", {"d", "c", "b", "a"}).unchanged


def holding_itself(empty: Any, put: str) -> Any:
    getattr(empty, put)(empty)
    return empty


def by_way_of_a_tuple() -> list:
    value: list = []
    value.append(({"again": value},))
    return value


CYCLES = {
    "list": (holding_itself([], "append"), "results[0]"),
    "deque": (holding_itself(deque(), "append"), "results[0]"),
    "dict": ({"a": holding_itself([], "append")}, 'results["a"][0]'),
    "list by way of a tuple": (by_way_of_a_tuple(), 'results[0][0]["again"]'),
}


@FAMILY.refuses(
    {f"a {name} that holds itself": case for name, case in CYCLES.items()}, "value, path"
)
def test_a_cycle_is_refused(store, value, path):
    refuse(store, value, names="contains itself", path=path)


def test_deeper_than_the_limit_is_refused_with_the_limit(store):
    before = store.usage()

    with pytest.raises(stillroom.TooLargeError, match=r"depth.*1000") as caught:
        store.save("page", "results", nested(1_002))

    assert caught.value.path.startswith("results[0][0]")
    assert store.usage() == before


class Labels(dict):
    """A dict, and more."""


def with_attributes() -> OrderedDict:
    value = OrderedDict(a=1)
    value.note = "mine"  # type: ignore[attr-defined]
    return value


REFUSED = {
    "subclass of dict": ([Labels()], "Labels", "results[0]"),
    "counter": ({"tally": collections.Counter("aab")}, r"dict\(\.\.\.\)", 'results["tally"]'),
    "chain map": (collections.ChainMap({}), r"dict\(\.\.\.\)", "results"),
    "keys of a dict": ({1: {}.keys()}, r"list\(\.\.\.\)", "results[1]"),
    "generator": ([(item for item in ())], r"list\(\.\.\.\)", "results[0]"),
    "memoryview": (memoryview(b"a"), r"bytes\(\.\.\.\)", "results"),
    "defaultdict of a lambda": (defaultdict(lambda: 0), "factory", "results"),
    "defaultdict of a class of the app": ({"a": defaultdict(Labels)}, "factory", 'results["a"]'),
    "ordered dict with attributes": (with_attributes(), "attributes", "results"),
    "in a set": ({1, (2, print)}, "function", "results{…}[1]"),
    "as a key": ({"a": 1, (1, len): 2}, "function", "results.keys()[1][1]"),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_has_no_form_is_refused(store, value, names, path):
    refuse(store, value, names=names, path=path)
