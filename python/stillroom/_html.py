"""Tables and sizes for people: what the notebook shows of a record.

Everything that was stored passes through `escape` here and nowhere else, so a
label or a key can't become markup in someone's notebook.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

_UNITS = ("KB", "MB", "GB", "TB")


def table(caption: str, headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """An HTML table with every cell escaped; a cell of None is left empty."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def facts(caption: str, pairs: Iterable[tuple[str, object]]) -> str:
    """A two-column table of names and what they are, without the ones that are None."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th>{_cell(value)}</tr>"
        for name, value in pairs
        if value is not None
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    return f"<td>{'' if value is None else escape(str(value))}</td>"


def size(length: int) -> str:
    """Bytes as people say them: ``44 KB``, ``14.7 MB``.

    Examples
    --------
    >>> size(812), size(44_032), size(14_700_000)
    ('812 B', '44 KB', '14.7 MB')
    """
    if length < 1000:
        return f"{length} B"
    amount = float(length)
    for unit in _UNITS:
        amount /= 1000
        # 999.95 KB would otherwise be rounded to "1000.0 KB".
        if amount < 999.5 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f} {unit}" if amount < 99.95 and unit != "KB" else f"{amount:,.0f} {unit}"


def count(number: int, noun: str) -> str:
    """A number of things: ``1 version``, ``2,000 versions``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def extent(shape: tuple[int, ...]) -> str:
    """A shape as people read it: ``1,922 × 3``; nothing for a scalar."""
    return " × ".join(f"{length:,}" for length in shape)


def moment(time: datetime) -> str:
    """A time to the minute, with its zone."""
    return f"{time:%Y-%m-%d %H:%M} {time.tzname()}"
