"""Dataclasses, namedtuples and Enums: back into the app's own class, without running a line of it."""

import enum
import http
import sys
import types
import warnings
from collections import namedtuple
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom


@dataclass
class RunConfig:
    model: str
    horizon: int = 7
    tags: list = field(default_factory=list)
    kind: ClassVar[str] = "run"


@dataclass(frozen=True)
class Frozen:
    x: float
    y: Any = None


@dataclass(slots=True)
class Slotted:
    a: int
    b: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    a: int
    b: tuple = ()


@dataclass
class Child(RunConfig):
    extra: str = ""


@dataclass
class SlottedAndMore(Slotted):
    c: int = 0


@dataclass
class Empty:
    pass


@dataclass
class Unset:
    a: int = field(init=False, default=3)


class Outer:
    @dataclass
    class Inner:
        a: int


T = TypeVar("T")


@dataclass
class Box(Generic[T]):
    content: T


@dataclass
class Guarded:
    """Counts how often its code runs."""

    a: int
    ran: ClassVar[list] = []

    def __post_init__(self):
        self.ran.append("__post_init__")

    def __setattr__(self, name, value):
        self.ran.append("__setattr__")
        super().__setattr__(name, value)


class Point(NamedTuple):
    x: float
    y: float = 0.0


Pair = namedtuple("Pair", "left right")


class Named(namedtuple("Named", "a")):
    __slots__ = ()

    def __new__(cls, a):
        raise AssertionError("no load may run this")


class Model(enum.Enum):
    RIDGE = "ridge"
    FOREST = ("forest", 100)
    ALIAS = "ridge"  # noqa: PIE796


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Word(enum.StrEnum):
    A = "a"


class Option(enum.Flag):
    SCALE = enum.auto()
    SHUFFLE = enum.auto()
    BOTH = SCALE | SHUFFLE


class IntOption(enum.IntFlag):
    A = 1
    B = 2
    D = 8


CLASSES = (
    RunConfig, Frozen, Slotted, Strict, Child, SlottedAndMore, Empty, Unset, Outer.Inner, Box, Guarded, Point,
    Pair, Named, Model, Level, Word, Option, IntOption, http.HTTPStatus,
)  # fmt: skip

FAMILY = Family("Python", "classes of the app")

pytestmark = pytest.mark.filterwarnings("ignore:a load won't find")


@pytest.fixture
def store(store_path):
    """A store that is told of the classes above, wherever the tests are run from."""
    with stillroom.open(store_path, signing_key=[], types=CLASSES) as opened:
        yield opened


VALUES = {
    "dataclass": RunConfig("ridge", 14, [1, {"a": 2}]),
    "frozen dataclass": Frozen(-0.0, (1, 2)),
    "dataclass with slots": Slotted(1, [2]),
    "dataclass with all of them": Strict(a=1, b=(2,)),
    "dataclass of a dataclass": Child("ridge", 1, [], "more"),
    "dataclass half in slots": SlottedAndMore(1, 2, 3),
    "dataclass without fields": Empty(),
    "dataclass in a dataclass": RunConfig("ridge", 1, [Frozen(1.0), Slotted(1)]),
    "dataclass in a class": Outer.Inner(1),
    "generic dataclass": Box([1]),
    "frozen dataclass in a set": {Frozen(1.0), Frozen(2.0)},
    "frozen dataclass as a key": {Frozen(1.0): Frozen(2.0)},
    "namedtuple": Point(1.0, -0.0),
    "namedtuple by call": Pair([1], Point(1.0)),
    "namedtuples in a set": {Point(1.0), Pair(1, 2)},
    "enum": Model.RIDGE,
    "enum of a tuple": Model.FOREST,
    "enum by its alias": Model.ALIAS,
    "int enum": Level.HIGH,
    "str enum": Word.A,
    "enums as keys": {Model.RIDGE: 1, Level.LOW: 2},
    "flag": Option.SCALE,
    "flag of two": Option.SCALE | Option.SHUFFLE,
    "flag of none": Option(0),
    "int flag of two": IntOption.A | IntOption.D,
    "int flag of none": IntOption(0),
    "enum of the standard library": http.HTTPStatus.NOT_FOUND,
}


def named(word: str) -> dict[str, Any]:
    return {name: value for name, value in VALUES.items() if word in name}


@FAMILY.keeps(
    {
        "dataclasses": named("dataclass"),
        "namedtuples": named("namedtuple"),
        "Enum members": named("enum"),
        "Flag members": named("flag"),
    }
)
def test_a_value_of_a_class_comes_back_into_the_class(store, value):
    assert_same(round_trip(store, value), value)


def test_a_shared_dataclass_stays_shared(store):
    config = RunConfig("ridge")

    first, second = round_trip(store, [config, config])

    assert first is second


def test_a_load_runs_no_code_of_the_class(store):
    value = [Guarded(1), named := tuple.__new__(Named, (1,))]
    Guarded.ran.clear()

    loaded = round_trip(store, value)

    assert loaded[0].a == 1
    assert loaded[1] == named
    assert Guarded.ran == []


def test_a_field_that_was_never_set_comes_back_as_its_default(store):
    assert round_trip(store, Unset()).a == 3


# Classes come and go: a page file is run anew for every visitor, and its classes with it.


def page_file(source: str, name: str = "page_file") -> types.SimpleNamespace:
    """What `st.navigation` makes of a page: run as `__main__`, and not to be found in `sys.modules`."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("from dataclasses import dataclass\nfrom enum import Enum\n" + source, names)
    return types.SimpleNamespace(**names)


ONE = "@dataclass\nclass Config:\n    depth: int\n    width: int = 2\n"


def test_a_class_that_was_redefined_gets_the_value(store):
    before, after = page_file(ONE), page_file(ONE)
    store.save("page", "key", before.Config(1))

    loaded = store.load("page", "key", types=[after.Config])

    assert type(loaded) is after.Config
    assert vars(loaded) == {"depth": 1, "width": 2}


def test_fields_in_another_order_are_the_same_fields(store):
    after = page_file("@dataclass\nclass Config:\n    width: int\n    depth: int\n")
    store.save("page", "key", page_file(ONE).Config(1, 2))

    loaded = store.load("page", "key", types=[after.Config])

    assert (loaded.depth, loaded.width) == (1, 2)


CHANGED = {
    "field gone": ("@dataclass\nclass Config:\n    depth: int\n", r"gone: width; new: none"),
    "field new": (ONE + "    rate: float = 0.1\n", r"gone: none; new: rate"),
    "field renamed": (
        "@dataclass\nclass Config:\n    depth: int\n    span: int\n",
        "gone: width; new: span",
    ),
    "no dataclass any more": ("class Config:\n    pass\n", "no dataclass"),
    "an enum now": ("class Config(Enum):\n    A = 1\n", "another kind"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_class_with_other_fields_is_refused_with_their_names(store, case: str):
    source, message = CHANGED[case]
    store.save("page", "key", page_file(ONE).Config(1))

    with pytest.raises(stillroom.InvalidError, match=message) as caught:
        store.load("page", "key", types=[page_file(source).Config])

    assert "types=[Config]" in str(caught.value)


def test_a_missing_class_is_named_with_the_line_to_add(store):
    store.save("page", "key", page_file(ONE).Config(1))

    with pytest.raises(stillroom.InvalidError, match=r"__main__\.Config.*types=\[Config\]"):
        store.load("page", "key")


def test_a_member_that_is_gone_is_named(store):
    store.save("page", "key", page_file("class Kind(Enum):\n    A = 1\n    B = 2\n").Kind.B)

    with pytest.raises(stillroom.InvalidError, match=r"no such member.*B"):
        store.load("page", "key", types=[page_file("class Kind(Enum):\n    A = 1\n").Kind])


def test_a_class_that_moved_is_found_by_its_name_alone(store):
    store.save(
        "page",
        "key",
        page_file("@dataclass\nclass Frozen:\n    x: float\n    y: int\n").Frozen(1.0, 2),
    )

    assert_same(store.load("page", "key", types=[Frozen]), Frozen(1.0, 2))


def test_a_load_imports_nothing(store, tmp_path, monkeypatch):
    (tmp_path / "app_classes.py").write_text(
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Config:\n    a: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import app_classes  # type: ignore[import-not-found]

    store.save("page", "key", app_classes.Config(1))
    found = store.load("page", "key")
    monkeypatch.delitem(sys.modules, "app_classes")

    with pytest.raises(stillroom.InvalidError, match=r"app_classes\.Config"):
        store.load("page", "key")
    assert type(found) is app_classes.Config
    assert "app_classes" not in sys.modules


def test_a_class_of_an_installed_package_is_not_found_by_itself(store):
    store.save("page", "key", http.HTTPStatus.OK)
    store = stillroom.open(store.location, signing_key=[])

    with pytest.raises(stillroom.InvalidError, match=r"types=\[HTTPStatus\]"):
        store.load("page", "key")


def test_a_save_warns_once_of_a_class_that_a_load_would_not_find(store):
    config = page_file("@dataclass\nclass Passing:\n    a: int\n").Passing(1)

    with pytest.warns(UserWarning, match=r"Passing by itself.*types=\[Passing\]") as caught:
        store.save("page", "key", [config, config])

    assert len([one for one in caught if "Passing" in str(one.message)]) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.save("page", "key", [config])


def test_a_save_does_not_warn_of_a_class_that_is_handed_over(store):
    told = page_file("@dataclass\nclass Told:\n    a: int\n")
    store = stillroom.open(store.location, signing_key=[], types=[told.Told])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.save("page", "key", told.Told(1))


# What a class can hold beyond its fields has no form.


@dataclass
class Cached:
    a: int

    @cached_property
    def twice(self) -> int:
        return 2 * self.a


@dataclass
class Mapped(dict):
    a: int = 1


@dataclass
class Failure(Exception):
    a: int = 1


class Base:
    __slots__ = ("hidden",)


@dataclass
class WithSlot(Base):
    __slots__ = ("a",)
    a: int


class Loose(Pair):
    """A namedtuple with room for attributes."""


class Kept(enum.IntFlag, boundary=enum.KEEP):
    A = 1


def changed(value: Any, **attributes: Any) -> Any:
    for name, attribute in attributes.items():
        object.__setattr__(value, name, attribute)
    return value


def without(value: Any, name: str) -> Any:
    object.__delattr__(value, name)
    return value


def used(value: Cached) -> Cached:
    assert value.twice
    return value


REFUSED = {
    "attribute beyond the fields": (changed(RunConfig("a"), note=1), "note", "results"),
    "attribute of a frozen one": ([changed(Frozen(1.0), note=1)], "note", "results[0]"),
    "cached property": ({"a": used(Cached(1))}, "twice", 'results["a"]'),
    "slot that is no field": (changed(WithSlot(1), hidden=1), "hidden", "results"),
    "field that is not set": (without(Strict(a=1), "a"), "field is not set.*: a", "results"),
    "dataclass that is a dict": (Mapped(), "Mapped", "results"),
    "dataclass that is an exception": (Failure(), "Exception", "results"),
    "namedtuple with attributes": (changed(Loose(1, 2), note=1), "note", "results"),
    "namedtuple of another length": (tuple.__new__(Point, (1,)), "length", "results"),
    "flag of bits without a name": (Kept(5), "Kept", "results"),
    "part of a field": (RunConfig("a", tags=[lambda: 0]), "lambda", "results.tags[0]"),
    "part of a namedtuple": ([Point(1.0, print)], "function", "results[0].y"),
    "class itself": ([RunConfig], "class", "results[0]"),
    "instance of a plain class": (Outer(), "Outer", "results"),
    "struct sequence": (sys.version_info, "version_info", "results"),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_no_field_holds_is_refused(store, value, names, path):
    refuse(store, value, names=names, path=path)
