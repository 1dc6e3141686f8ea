"""The sentences of the dialogs; those of the panel are in `_words`, and so are the rules.

Names and labels are somebody's own text: each goes through `named` or `_words.plain`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from .. import _html
from .._records import Record
from ._changes import Changes, Path, Scalar
from ._session import DialogKind, Facts
from ._words import Now, clock, count, form, plain, size

IN_TAB = "In this tab"
PINNED = "Pinned"
SHOW_OLDER = "Show older"
BACK = "Back to the versions"
NO_VERSIONS = "No versions are saved."
DAMAGED = "Damaged, so it can't be opened."
DELETED = "Deleted"
NOTHING_TO_DOWNLOAD = "There is nothing to download yet."
CSV = "Table as CSV"
EVERYTHING = "Everything, for stillroom"
FROM_TAB = "What is in this tab, for stillroom"
LINK_TEXT = "Opens this version, for you alone. Others see nothing of it."
NO_LINK = "A link can't be made right now."
NO_PREVIEW = "It can't be shown without loading it."
REACHES_OUT = "This figure asks for addresses on the web, so it is shown only when it is loaded."
SAME = "They hold the same value."
OTHER_VALUES = "They hold other values."
TOO_LARGE_TO_COMPARE = "They are too large to be compared here."
CANT_COMPARE = "What can't be stored can't be compared either."
ABSENT = "–"
NOT_MADE = "The file can't be made right now."
DAMAGED_IN_THE_WAY = "A file of everything can be made once the damaged version is deleted."
SIGN_IN_BUTTON = "Sign in"
BY_PASSWORD = "Password"
BY_CODE = "Code by e-mail"
EMAIL = "E-mail"
PASSWORD = "Password"
CODE = "Code"
SEND_CODE = "Send a code"
SIGN_IN_FAILED = "That didn't work. Check what you typed, and try again."
SIGN_IN_AWAY = "Nobody can sign in right now. Try again in a minute."

_TITLES: dict[DialogKind, str] = {
    "versions": "Versions of {}",
    "preview": "Preview of {}",
    "download": "Download {}",
    "delete": "Delete {}?",
    "compare": "Compare versions of {}",
    "link": "Link to {}",
    "sign in": "Sign in",
}
_MOST_SCALARS, _MOST_CHANGES = 2, 3
_WHATS = ("added", "removed", "changed")
_LONGEST = 60
_LONGEST_SCALAR = 24


def code_sent(email: str) -> str:
    """That a code was sent, if to anybody: who has an account is nobody's to know."""
    return f"If {plain(email)} has an account here, a code is on its way there."


def title(kind: DialogKind, key: str) -> str:
    """What stands above a dialog."""
    return (
        "Download all results"
        if kind == "download" and not key
        else _TITLES[kind].format(named(key))
    )


def named(text: str) -> str:
    """Somebody's own text on one line, as it is, and not longer than there is room."""
    return plain(clipped(text, _LONGEST))


def clipped(text: str, longest: int) -> str:
    """Text on one line, as far as there is room."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def version(record: Record) -> str:
    """``Version 3 · wider lags``."""
    label = f" · {named(record.label)}" if record.label else ""
    return f"Version {record.version}{label}"


def facts(record: Record, changed: str, at: Now) -> str:
    """``Tue 14:02 · 1,922 × 3 · 44 KB · rmse 1.21 → 1.18``."""
    when = clock(record.created_at, at, names_today=True)
    # A single length says nothing without the word for what is counted.
    extent = _html.extent(record.shape) if len(record.shape) > 1 else form(Facts.of(record))
    return " · ".join(filter(None, (when, extent, size(record.bytes), changed)))


def saved(record: Record, at: Now) -> str:
    """``version 3, saved Tue 14:02``."""
    return f"version {record.version}, saved {clock(record.created_at, at, names_today=True)}"


def parts(picture: Any) -> str:
    """What a value holds that is no single value: ``models (list of 3), train (Table 9 × 2)``."""
    if isinstance(picture, list):
        items = [one if isinstance(one, str) else repr(one) for one in picture if not _holds(one)]
        return some([clipped(item, _LONGEST_SCALAR) for item in items])
    if not isinstance(picture, dict) or isinstance(picture.get("type"), str):
        return ""
    found = [f"{clipped(name, 40)} ({_part(one)})" for name, one in picture.items() if _holds(one)]
    return f"Also in it: {some(found)}." if found else ""


def _holds(picture: Any) -> bool:
    return isinstance(picture, (dict, list))


def _part(picture: Any) -> str:
    if isinstance(picture, list):
        return f"list of {len(picture):,}"
    kind = picture.get("type")
    if not isinstance(kind, str):
        return f"dictionary of {len(picture):,}"
    extent = picture.get("shape")
    is_shape = isinstance(extent, list) and all(isinstance(one, int) for one in extent)
    return f"{kind} {_html.extent(tuple(extent)) if is_shape else ''}".strip()


def cut(text: str, longest: int) -> str:
    """Text as it is, as far as there is room."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def changed(changes: Changes) -> str:
    """What is new in a version, in a few words: numbers first, then rows, columns, the rest."""
    told = [_scalar(one) for one in changes.scalars[:_MOST_SCALARS]]
    told += _rows(changes)
    told += [
        f"{count(len(names), 'column')} {what}"
        for names, what in zip(
            (changes.added, changes.removed, changes.changed), _WHATS, strict=True
        )
        if names
    ]
    parts = changes.parts[: max(0, _MOST_CHANGES - len(told))]
    told += [f"{plain(clipped(one.name, _LONGEST_SCALAR))} {one.what}" for one in parts]
    others = len(changes.scalars[_MOST_SCALARS:]) + len(changes.parts[len(parts) :]) + changes.more
    if others:
        told.append(count(others, "more change" if told else "change"))
    return ", ".join(told) or _otherwise(changes)


def _otherwise(changes: Changes) -> str:
    """What can be said where no part of a value tells what is new in it."""
    old, new = changes.old, changes.new
    if old.kind != new.kind or (old.shape != new.shape and len(old.shape) < 2):
        return f"was {form(Facts.of(old))}"
    if old.shape != new.shape:
        return f"was {_html.extent(old.shape)}"
    dtypes = [
        one.summary.get("dtype") if isinstance(one.summary, dict) else None for one in (old, new)
    ]
    return "other values" if dtypes[0] == dtypes[1] else f"was {plain(str(dtypes[0]))}"


def same_as(number: int) -> str:
    """A version that holds what another one holds."""
    return f"same as version {number}"


def besides(changes: Changes, shown: Collection[Path]) -> list[str]:
    """Sentences for what is new, gone or different and not among the single values shown."""
    parts = [one for one in changes.parts if one.path not in shown]
    told = (
        ("Columns added", changes.added),
        ("Columns removed", changes.removed),
        ("Columns changed", changes.changed),
        *((f"Also {what}", [one.name for one in parts if one.what == what]) for what in _WHATS),
    )
    found = [f"{what}: {some(names)}." for what, names in told if names]
    hidden = sum(one.path not in shown for one in changes.scalars) + changes.more
    if hidden:
        found.append(f"And {count(hidden, 'more change')}.")
    return found


def some(names: Sequence[str], most: int = 12) -> str:
    """The first few of many names."""
    shown = ", ".join(map(named, names[:most]))
    left = len(names) - most
    return f"{shown} and {left:,} more" if left > 0 else shown


def loaded(number: int, key: str) -> str:
    """The toast after a load."""
    return f"Loaded version {number} of {named(key)}"


def kept_newer(number: int, key: str) -> str:
    """The toast where the tab got another value while a load went on."""
    return f"This tab has a newer {named(key)} by now, so version {number} was not loaded."


def made_current(number: int, made: int) -> str:
    """The toast after going back to a version."""
    return f"Version {number} is current again, as version {made}"


def deleted_version(number: int) -> str:
    """The toast after a version went."""
    return f"Deleted version {number}"


def brought_back(key: str, numbers: Sequence[int]) -> str:
    """The toast after a delete was taken back."""
    if len(numbers) == 1:
        return f"Version {numbers[0]} of {named(key)} is back"
    return f"{named(key)} is back, with {count(len(numbers), 'version')}"


def deleting(numbers: int, length: int, *, is_in_tab: bool) -> str:
    """``5 versions, 220 KB. The value in this tab stays.``."""
    stays = " The value in this tab stays." if is_in_tab else ""
    return f"{count(numbers, 'version')}, {size(length)}.{stays}"


def delete_all(numbers: int) -> str:
    """The button that deletes a result."""
    return f"Delete {count(numbers, 'version')}"


def gone(number: int | None) -> str:
    """A version that was there a moment ago."""
    return (
        "It isn't there any more." if number is None else f"Version {number} isn't there any more."
    )


def unopened(number: int, kind: str) -> str:
    """Why one version can't be loaded, by the kind of the error."""
    match kind:
        case "corrupt":
            return f"Version {number} is damaged and was not loaded."
        case "denied":
            return f"Version {number} was saved by another app or key, so it can't be opened here."
        case "unsupported":
            return f"Version {number} was saved by a newer stillroom. Update to open it."
        case "invalid":
            return f"Version {number} needs a class that this page doesn't name."
    return f"Version {number} can't be opened here."


def first(shown: int, total: int, what: str) -> str:
    """``First 500 of 10,000 rows``."""
    if shown >= total:
        return count(total, what)
    return f"First {shown:,} of {count(total, what)}"


def drawn(names: Iterable[str], others: int) -> str:
    """Which columns a small chart shows, where it can't show all."""
    return f"{', '.join(map(named, names))}; {count(others, 'more numeric column')} not drawn"


def everything(numbers: int, length: int) -> str:
    """What is in a file of one result."""
    return f"{count(numbers, 'version')}, {size(length)}"


def left_out(keys: Sequence[str]) -> str:
    """What a file of the tab can't hold."""
    return f"Can't be kept in a file: {some(keys)}."


def whole_page(results: int) -> str:
    """What is in a file of a page."""
    return f"{count(results, 'result')} with all versions"


def _scalar(one: Scalar) -> str:
    old, new = _rounded(one.old), _rounded(one.new)
    if old == new:
        old, new = one.old, one.new
    name, old, new = (plain(clipped(text, _LONGEST_SCALAR)) for text in (one.name, old, new))
    if old == new:
        # Long texts that begin alike.
        return f"{name} changed" if name else "other text"
    return f"{name} {old} → {new}".strip()


def _rounded(text: str) -> str:
    """A number as far as it can be read at a glance; any other text as it is."""
    try:
        return f"{float(text):.6g}" if len(text) > 8 and "." in text else text
    except ValueError:
        return text


def _rows(changes: Changes) -> list[str]:
    if not changes.rows:
        return []
    what = "row" if changes.is_of_rows else "item"
    return [f"{count(abs(changes.rows), what)} {'more' if changes.rows > 0 else 'fewer'}"]
