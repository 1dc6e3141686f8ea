"""Pictures of Python's own types beside the objects, exactly."""

from __future__ import annotations

import builtins
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import pickle
import uuid
import zoneinfo
from importlib.metadata import version
from typing import Any

from agrees.walk import Parts, agrees, bits, children, is_a, require, scalar

# ---------------------------------------------------------------- scalars


@agrees("BIG_INT")
def big_int(node: dict[str, Any], value: Any) -> None:
    is_a(value, int)
    magnitude = int.from_bytes(node["magnitude"], "big")
    require("value", value, -magnitude if node["negative"] else magnitude)


@agrees("COMPLEX")
def complex_(node: dict[str, Any], value: Any) -> None:
    is_a(value, complex)
    require("real", bits(value.real), bits(node["real"]))
    require("imaginary", bits(value.imag), bits(node["imaginary"]))


@agrees("KEY")
def key(node: dict[str, Any], value: Any) -> None:
    scalar(node["text"], value)


@agrees("LONG_STR", "SURROGATE_STR")
def long_str(node: dict[str, Any], value: Any) -> None:
    is_a(value, str)
    require("text", value.encode(errors="surrogatepass"), node["text"])


@agrees("LONG_BYTES", "BYTEARRAY")
def long_bytes(node: dict[str, Any], value: Any) -> None:
    is_a(value, bytearray if node["tag"] == "BYTEARRAY" else bytes)
    require("bytes", bytes(value), node["bytes"])


@agrees("ELLIPSIS")
def ellipsis(node: dict[str, Any], value: Any) -> None:
    require("value", value, ...)


@agrees("DECIMAL")
def decimal_(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, decimal.Decimal)
    return children(node, str(value))


@agrees("FRACTION")
def fraction(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, fractions.Fraction)
    return children(node, value.numerator, value.denominator)


@agrees("UUID")
def uuid_(node: dict[str, Any], value: Any) -> None:
    is_a(value, uuid.UUID)
    require("bytes", value.bytes, node["bytes"])
    require("is_safe", value.is_safe.value, node["is_safe"])


@agrees("PATH")
def path(node: dict[str, Any], value: Any) -> Parts:
    kinds = "PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath"
    is_a(value, getattr(pathlib, kinds[node["flavour"]]))
    return children(node, str(value))


# ---------------------------------------------------------------- containers

TYPES = {
    "LIST": list,
    "TUPLE": tuple,
    "DICT": dict,
    "ORDERED_DICT": collections.OrderedDict,
    "DEFAULT_DICT": collections.defaultdict,
    "DEQUE": collections.deque,
    "RANGE": range,
    "SLICE": slice,
}


@agrees("LIST", "TUPLE", "DEQUE")
def sequence(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, TYPES[node["tag"]])
    require("maxlen", getattr(value, "maxlen", None), node.get("maxlen"))
    return children(node, *value)


@agrees("DICT", "ORDERED_DICT", "DEFAULT_DICT")
def mapping(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, TYPES[node["tag"]])
    factory = getattr(value, "default_factory", None)
    require("factory", factory, node.get("factory") and getattr(builtins, node["factory"]))
    return children(node, *(part for pair in value.items() for part in pair))


@agrees("RANGE", "SLICE")
def range_(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, TYPES[node["tag"]])
    return children(node, value.start, value.stop, value.step)


# ---------------------------------------------------------------- classes


def is_of_class(node: dict[str, Any], value: Any) -> None:
    named = type(value).__module__, type(value).__qualname__
    require("class", named, (node["module"], node["qualname"]))


@agrees("DATACLASS")
def dataclass(node: dict[str, Any], value: Any) -> Parts:
    is_of_class(node, value)
    names = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
    return children(node, *(part for name in names for part in (name, getattr(value, name))))


@agrees("NAMED_TUPLE")
def named_tuple(node: dict[str, Any], value: Any) -> Parts:
    is_of_class(node, value)
    return children(node, *(part for pair in value._asdict().items() for part in pair))


@agrees("ENUM")
def member(node: dict[str, Any], value: Any) -> None:
    is_of_class(node, value)
    names = [one.name for one in value] if isinstance(value, enum.Flag) else [value.name]
    require("names", names, node["names"])


@agrees("OPAQUE")
def opaque(node: dict[str, Any], value: Any) -> None:
    is_of_class(node, value)
    libraries = zip(node["libraries"][::2], node["libraries"][1::2], strict=True)
    if any(major(version(name)) != major(made_with) for name, made_with in libraries):
        # A pickle names what is inside a library, and is for those that have it.
        return
    pairs = zip(node["buffers"][::2], node["buffers"][1::2], strict=True)
    buffers = [data if is_read_only else bytearray(data) for data, is_read_only in pairs]
    # Written by the test that reads it.
    opened = pickle.loads(node["pickle"], buffers=buffers)
    require("pickle", pickle.dumps(opened, 5), pickle.dumps(value, 5))


def major(version: str) -> str:
    return version.partition(".")[0]


# ---------------------------------------------------------------- times


def date_fields(node: dict[str, Any], value: Any) -> None:
    for name in ("year", "month", "day"):
        require(name, getattr(value, name), node[name])


def time_fields(node: dict[str, Any], value: Any) -> None:
    for name in ("hour", "minute", "second", "microsecond"):
        require(name, getattr(value, name), node[name])
    require("fold", bool(value.fold), node["fold"])


@agrees("DATE")
def date(node: dict[str, Any], value: Any) -> None:
    is_a(value, dt.date)
    date_fields(node, value)


@agrees("TIME")
def time(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, dt.time)
    time_fields(node, value)
    return children(node, value.tzinfo)


@agrees("DATETIME")
def datetime(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, dt.datetime)
    date_fields(node, value)
    time_fields(node, value)
    return children(node, value.tzinfo)


@agrees("TIMEDELTA")
def timedelta(node: dict[str, Any], value: Any) -> None:
    is_a(value, dt.timedelta)
    for name in ("days", "seconds", "microseconds"):
        require(name, getattr(value, name), node[name])


@agrees("ZONE")
def zone(node: dict[str, Any], value: Any) -> None:
    ZONES[node["kind"]](node, value)


def timezone(node: dict[str, Any], value: Any) -> None:
    is_a(value, dt.timezone)
    offset = dt.timedelta(microseconds=node["offset"])
    arguments = (offset,) if node["name"] is None else (offset, node["name"])
    require("timezone", value.__getinitargs__(), arguments)


def utc(node: dict[str, Any], value: Any) -> None:
    require("UTC", value is dt.UTC, True)


def zone_info(node: dict[str, Any], value: Any) -> None:
    is_a(value, zoneinfo.ZoneInfo)
    require("key", value.key, node["key"])


def pytz_zone(node: dict[str, Any], value: Any) -> None:
    require("module", type(value).__module__.partition(".")[0], "pytz")
    require("zone", value.zone, node["name"])


def pytz_fixed(node: dict[str, Any], value: Any) -> None:
    require("type", type(value).__qualname__, "_FixedOffset")
    require("minutes", value._minutes, node["minutes"])


ZONES = {0: timezone, 1: utc, 2: zone_info, 3: pytz_zone, 4: pytz_fixed}
