"""Strict equality of Altair's charts: the class of every part, what it was given, and the data."""

from __future__ import annotations

from typing import Any

import altair as alt
import strict
from altair.expr.core import OperatorMixin
from altair.utils.schemapi import SchemaBase
from strict import Part, Parts, compare, compare_singletons, require

strict.IMMUTABLE += (type(alt.Undefined),)
compare.register(type(alt.Undefined), compare_singletons)


@compare.register(SchemaBase)
@compare.register(OperatorMixin)
@compare.register(alt.When)
@compare.register(alt.ChainedWhen)
@compare.register(alt.vegalite.api.Then)
def compare_chart(a: Any, b: Any, path: str) -> Parts:
    for name in set(vars(a)) | set(vars(b)):
        require(path, f"has {name}", name in vars(a), name in vars(b))
        yield Part(f"{path}.{name}", vars(a)[name], vars(b)[name], is_held=False)
