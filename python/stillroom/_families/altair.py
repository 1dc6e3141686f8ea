"""Altair's charts, part by part: the class of each, what it was given, and the data as it is.

A part is made again without its constructor, so that nothing is filled in or
looked up, least of all data. Its class is one of Altair's own, by a table made
of them; the version of Vega-Lite in their modules' names is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import altair as alt
from altair.expr import core as expressions
from altair.utils.schemapi import SchemaBase

from . import Parts, RefusedError

#: Where Altair's classes live, by the first half of their stored names.
_MODULES: dict[str, ModuleType] = {
    "api": alt.vegalite.api,
    "core": alt.vegalite.schema.core,
    "channels": alt.vegalite.schema.channels,
    "expr": expressions,
}
#: Classes whose objects are plain, and what they hold.
_PLAIN = {
    alt.Parameter: {"empty", "param", "param_type", "name", "_name_is_hashed"},
    alt.ParameterExpression: {"expr"},
    alt.SelectionExpression: {"expr"},
    alt.When: {"_condition"},
    alt.vegalite.api.Then: {"condition"},
    alt.ChainedWhen: {"_condition", "_conditions"},
}
_UNDEFINED = type(alt.Undefined)


def _table() -> dict[str, type]:
    found = {}
    for place, module in _MODULES.items():
        for cls in vars(module).values():
            is_part = isinstance(cls, type) and (issubclass(cls, SchemaBase) or cls in _PLAIN)
            if is_part and cls.__module__ == module.__name__:
                found[f"{place}.{cls.__qualname__}"] = cls
    return found


_BY_NAME = _table()
_NAMES = {cls: name for name, cls in _BY_NAME.items()}


def _take_apart(part: Any) -> Parts:
    cls = type(part)
    if cls not in _NAMES:
        raise RefusedError(
            f"can't keep this part of a chart; store its .to_dict(): {cls.__qualname__}"
        )
    held = dict(vars(part))
    if cls in _PLAIN:
        arguments, fields, fits = (), held, held.keys() <= _PLAIN[cls]
    else:
        arguments, fields = held.pop("_args"), held.pop("_kwds")
        fits = not held and type(arguments) is tuple and type(fields) is dict
    if not fits:
        raise RefusedError(
            "can't keep a part of a chart with attributes of its own; store its .to_dict()"
        )
    return Parts("ALTAIR_PART", [_NAMES[cls], arguments, fields])


def _take_undefined(undefined: Any) -> Parts:
    return Parts("ALTAIR_UNDEFINED", [])


def _refuse_widget(widget: Any) -> Parts:
    raise RefusedError("can't keep a widget, which lives in a notebook; store its .chart")


CLASSES: dict[str, Callable[[Any], Parts]] = {
    **{cls.__qualname__: _take_apart for cls in _NAMES},
    _UNDEFINED.__qualname__: _take_undefined,
    "JupyterChart": _refuse_widget,
}


# ---------------------------------------------------------------- putting together


def _put_part(parts: list[Any], rows: int) -> Any:
    name, arguments, fields = parts
    cls = _BY_NAME[name]
    if not all(type(field) is str for field in fields):
        raise TypeError("a field of a chart has a name")
    part: Any = object.__new__(cls)
    if cls in _PLAIN:
        if arguments or not fields.keys() <= _PLAIN[cls]:
            raise ValueError("a part of a chart with other fields than its class has")
        vars(part).update(fields)
    else:
        vars(part).update(_args=arguments, _kwds=fields)
    return part


KINDS: dict[str, Callable[[list[Any], int], Any]] = {
    "ALTAIR_PART": _put_part,
    "ALTAIR_UNDEFINED": lambda parts, rows: alt.Undefined,
}
