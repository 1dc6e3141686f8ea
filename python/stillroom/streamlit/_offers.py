"""What each row offers to do, in the order people need it. Pure, like `_rows`."""

from __future__ import annotations

from . import _words
from ._rows import CALM, Row, State
from ._view import Action, Does, Line
from ._words import Now

_PREVIEW = Action("Preview", Does.PREVIEW)
_VERSIONS = Action("Versions", Does.VERSIONS)
_DOWNLOAD = Action("Download", Does.DOWNLOAD)
_DELETE = Action("Delete", Does.DELETE)
_LOOK = (_PREVIEW, _VERSIONS, _DOWNLOAD, _DELETE)


def line(row: Row, at: Now, *, is_read_only: bool = False) -> Line:
    """The row as it is drawn."""
    button, menu = _offers(row)
    if is_read_only:
        button = None
        menu = [action for action in menu if action.does in _READING]
    if row.is_loading:
        # It is on its way already.
        button = None if button is not None and button.does is Does.LOAD else button
        menu = [action for action in menu if action.does is not Does.LOAD]
    return Line(row.key, _words.sentence(row, at), button, menu, is_calm=row.state in CALM)


_READING = frozenset({Does.PREVIEW, Does.VERSIONS, Does.DOWNLOAD})
"""What can be done where nothing may be written."""


def _offers(row: Row) -> tuple[Action | None, list[Action]]:
    """The one button and the menu; only what does something now."""
    version = row.stored.version if row.stored else 0
    load = Action(f"Load version {version}", Does.LOAD)
    compare = Action(f"Compare with version {version}", Does.COMPARE, version)
    undo = Action("Undo", Does.UNDO) if row.can_undo else None
    match row.state:
        case State.ONLY_IN_TAB:
            back = Action("Undo delete", Does.UNDELETE) if row.deleted else None
            return back, [Action("Save this one", Does.SAVE), _DOWNLOAD]
        case State.DELETED:
            return Action("Undo delete", Does.UNDELETE), []
        case State.SAVED:
            again = [Action("Save again", Does.SAVE)] if row.is_in_tab else []
            return undo, [_PREVIEW, _VERSIONS, *again, _DOWNLOAD, _DELETE]
        case State.CHANGED | State.NEWER_IN_TAB:
            return None, [Action("Save", Does.SAVE), compare, load, *_LOOK]
        case State.CANT_STORE | State.TOO_LARGE if row.stored is not None:
            # What was stored before it is there all the same.
            return None, [load, *_LOOK]
        case State.CONFLICT:
            mine = Action(f"Save mine as version {version + 1}", Does.SAVE)
            return mine, [load, compare, *_LOOK]
        case State.OLDER_IN_TAB:
            # Not back to a version that could not be opened a moment ago.
            newest = None if row.problem else Action(f"Back to version {version}", Does.LOAD)
            return newest, [*([undo] if undo else []), *_LOOK]
        case State.NOT_LOADED:
            return Action("Load", Does.LOAD), list(_LOOK)
        case State.DAMAGED:
            previous = row.problem.previous if row.problem else None
            older = Action(f"Load version {previous}", Does.LOAD, previous) if previous else None
            return older, [_VERSIONS, _DELETE]
        case State.MISSING_CLASS:
            return None, [_VERSIONS, _DOWNLOAD]
        case State.LOCKED:
            return None, [_DOWNLOAD, _DELETE]
        case State.NEWER_FORMAT | State.CANT_OPEN:
            return None, [_DOWNLOAD]
        case State.STALE:
            return Action("Compute again", Does.COMPUTE), list(_LOOK)
    return None, []
