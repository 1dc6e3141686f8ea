"""The moment, the visitor and the stored versions that every picture is made from.

Fixed, so that two pictures differ only where the panel does. From the private modules
of stillroom.streamlit, like all of the gallery: it shows what they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stillroom.streamlit import _offers, _summary
from stillroom.streamlit._rows import Row, State
from stillroom.streamlit._session import Facts
from stillroom.streamlit._summary import Facing, Visitor
from stillroom.streamlit._view import Summary, View
from stillroom.streamlit._words import Now

# A Tuesday.
AT = Now(datetime(2026, 11, 24, 14, 4, tzinfo=UTC), UTC)
JUST_NOW, LATELY, FRIDAY = timedelta(0), timedelta(minutes=2), timedelta(days=4, hours=5)

A_LAMBDA = "can't keep a lambda; store its parameters, or define it with def in a module"

USUAL = ("forecast", "metrics", "models")
"""The results of the usual page."""

ANA = Visitor(identity="oidc")
ADA_HERE = Visitor(identity="local", is_here=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of the gallery."""

    title: str
    when: str
    """When people see it, in one sentence."""
    view: View
    is_open: bool = True
    state: State | None = None
    """The state of a result that it is about; None for one of the panel as a whole."""
    is_planned: bool = False
    """Whether nothing in this release brings it about: its look and words are there already."""


def panel(rows: Sequence[Row], visitor: Visitor = ANA, **facts: object) -> View:
    """The panel of a page with these results, as the page makes it."""
    return _summary.view(Facing(at=AT, visitor=visitor, rows=rows, **facts))


def under(head: Summary, rows: Sequence[Row]) -> View:
    """The panel under a head that no page makes yet."""
    return View(head, [_offers.line(row, AT) for row in rows])


def row(key: str, state: State, *, age: timedelta = LATELY, **facts: object) -> Row:
    """A result of the usual page, in a state; the newest stored version is `age` old."""
    has_stored = state not in (State.NOT_COMPUTED, State.ONLY_IN_TAB, State.DELETED, State.WIDGET)
    facts = {"stored": stored(key, age=age) if has_stored else None, "is_in_tab": True} | facts
    return Row(key, state, **facts)


def saved(*, age: timedelta = LATELY) -> list[Row]:
    """The usual page with nothing to report."""
    return [row(key, State.SAVED, age=age) for key in USUAL]


def stored(key: str, version: int | None = None, *, age: timedelta = LATELY) -> Facts:
    """What is stored of a result; its newest version where none is named."""
    newest, kind, shape, size = _FORMS.get(key, (1, "dict", (12,), 1_204))
    return Facts(version or newest, kind, shape, size, AT.time - age)


_FORMS = {
    "forecast": (3, "DataFrame", (1_922, 3), 44_032),
    "metrics": (2, "dict", (12,), 1_204),
    "models": (1, "list", (4,), 14_650_000),
    "residuals": (1, "Series", (1_922,), 15_376),
    "config": (5, "app.RunConfig", (), 212),
}
