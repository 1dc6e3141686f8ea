"""What the tests promise to keep and to refuse, by family: the support table is made of it.

A module that is about a family of values says so once, and its table tests
take their cases by way of it::

    FAMILY = Family("pandas", "periods")

    @FAMILY.keeps({"scalars": SCALARS, "arrays": ARRAYS})
    def test_period(store, value):
        assert_same(round_trip(store, value), value)

    @FAMILY.refuses(REFUSED)
    def test_refused(store, value, names): ...

Each table is a dict of cases by name. `keeps` makes one case of each line, as
`pytest.mark.parametrize` does, and a tick of each table; `refuses` takes
tuples whose first item is the value, and the table shows what the library says
to it. So there is no tick without a test. `tools/support_table.py` writes
docs/support.md from it.

What this environment has no library for is left out by `MISSING` in
environment.py (whole modules) or by the module itself (lines).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

#: All families of the modules imported so far.
FAMILIES: list[Family] = []


def by_type(cases: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A table of cases for each class of value, in the order in which they come."""
    tables: dict[str, dict[str, Any]] = {}
    for name, value in cases.items():
        tables.setdefault(type(value).__name__, {})[name] = value
    return tables


class Kept(NamedTuple):
    """A kind of value that comes back the same."""

    kind: str
    cases: Mapping[str, Any]


class Family:
    """Values of one kind, of one library."""

    def __init__(self, library: str, name: str) -> None:
        self.library, self.name = library, name
        self.kept: list[Kept] = []
        self.refused: dict[str, Any] = {}
        FAMILIES.append(self)

    def keeps(
        self, tables: Mapping[str, Mapping[str, Any]], argument: str = "value"
    ) -> pytest.MarkDecorator:
        """A test of every case of these tables, and a tick for each table."""
        self.kept += [Kept(kind, table) for kind, table in tables.items() if table]
        cases = {
            name if len(tables) == 1 else f"{kind}: {name}": case
            for kind, table in tables.items()
            for name, case in table.items()
        }
        return pytest.mark.parametrize(argument, cases.values(), ids=cases)

    def refuses(
        self, table: Mapping[str, tuple[Any, ...]], arguments: str = "value, names"
    ) -> pytest.MarkDecorator:
        """A test of every refusal of this table; the value is the first item of each line."""
        self.refused |= {name: line[0] for name, line in table.items()}
        return pytest.mark.parametrize(arguments.split(", "), table.values(), ids=table)
