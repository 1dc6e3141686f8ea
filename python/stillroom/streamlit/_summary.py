"""What the panel as a whole says, and what each row offers to do.

Pure, like `_rows`: no element is drawn here and no store is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .._errors import DeniedError, DiskFullError
from . import _words
from ._access import Access
from ._rows import KEPT, REFUSED, UNOPENED, UNSAVED, Row, State
from ._session import Facts, Trouble
from ._words import Now

SAVEABLE = UNSAVED - {State.CONFLICT}


@dataclass(frozen=True, slots=True)
class Summary:
    """The panel's one line, the text under it, and its one button."""

    label: str
    text: str = ""
    button: str = ""
    does: Literal["", "save", "try again"] = ""
    is_urgent: bool = False
    """Whether it opens by itself, because a person is needed."""
    is_warning: bool = False
    lines: str = ""
    """Lines of configuration, for the person at this computer."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a row offers."""

    label: str
    does: Literal["save", "load", "undo"]
    version: int | None = None
    """The version to load; None for the newest."""


def of_access(access: Access) -> Summary:
    """Where nobody may keep results."""
    if access.decision.is_here:
        return Summary(
            _words.CHOOSE_IDENTITY, _words.CHOOSE_HOW, is_urgent=True, lines=_words.LINES
        )
    return Summary(_words.SAVED_RESULTS, _words.NOT_SET_UP, is_urgent=True)


def of_trouble(trouble: Trouble) -> Summary:
    """Where the store failed as a whole. Nothing is lost, so it is a warning and no more."""
    label, text = _words.UNREACHABLE, _words.trying_again(trouble.seconds_left)
    if issubclass(trouble.error, DiskFullError):
        label, text = _words.CANT_SAVE, _words.DISK_FULL
    elif trouble.is_about_saving and issubclass(trouble.error, DeniedError):
        label, text = _words.CANT_SAVE, _words.READ_ONLY
    return Summary(label, text, "Try now", "try again", is_urgent=True, is_warning=True)


def of_rows(rows: Sequence[Row], at: Now) -> Summary:
    """The usual case: how many results are saved, and how many are not."""
    unsaved = [row for row in rows if row.state in UNSAVED]
    kept = [row.stored for row in rows if row.state in KEPT and row.stored is not None]
    refused = sum(row.state in REFUSED for row in rows)
    unopened = sum(row.state in UNOPENED for row in rows)
    if unsaved:
        return _unsaved(unsaved, kept_text(kept, at), is_only_some=bool(refused))
    if refused:
        label = f"{_words.count(refused, 'result')} can't be stored"
        return Summary(label, kept_text(kept, at), is_urgent=True)
    if unopened:
        label = f"{_words.count(unopened, 'result')} can't be opened"
        return Summary(label, kept_text(kept, at), is_urgent=True)
    if kept:
        return Summary(_words.all_saved(len(kept)), _words.last_saved(kept, at))
    return Summary(_words.SAVED_RESULTS, _words.NOTHING_YET)


def kept_text(kept: Sequence[Facts], at: Now) -> str:
    """``3 saved, last 2 min ago``; nothing when nothing is saved."""
    if not kept:
        return ""
    newest = max(facts.saved_at for facts in kept)
    return f"{len(kept):,} saved, last {_words.ago(newest, at)}"


def _unsaved(unsaved: Sequence[Row], kept: str, *, is_only_some: bool) -> Summary:
    number = len(unsaved)
    thing = "change" if kept or any(row.stored for row in unsaved) else "result"
    saveable = sum(row.state in SAVEABLE for row in unsaved)
    if is_only_some:
        button = f"Save the other {saveable}"
    else:
        button = f"Save {_words.count(saveable, thing)}"
    return Summary(
        f"{_words.count(number, thing)} not saved",
        kept or ("It is only in this tab." if number == 1 else "They are only in this tab."),
        button if saveable else "",
        "save" if saveable else "",
        is_urgent=True,
    )


def actions(row: Row) -> tuple[Action | None, list[Action]]:
    """The one button of a row, and its menu; only what does something now."""
    version = row.stored.version if row.stored else 0
    undo = Action("Undo", "undo") if row.can_undo else None
    match row.state:
        case State.ONLY_IN_TAB:
            return None, [Action("Save this one", "save")]
        case State.SAVED if row.is_in_tab:
            return undo, [Action("Save again", "save")]
        case State.CHANGED | State.NEWER_IN_TAB:
            return None, [Action("Save", "save"), Action(f"Load version {version}", "load")]
        case State.CONFLICT:
            mine = Action(f"Save mine as version {version + 1}", "save")
            return mine, [Action(f"Load version {version}", "load")]
        case State.OLDER_IN_TAB:
            # Not back to a version that could not be opened a moment ago.
            back = None if row.problem else Action(f"Back to version {version}", "load")
            return back, [undo] if undo else []
        case State.NOT_LOADED:
            return Action("Load", "load"), []
        case State.DAMAGED if row.problem is not None and row.problem.previous is not None:
            previous = row.problem.previous
            return Action(f"Load version {previous}", "load", previous), []
    return None, []
