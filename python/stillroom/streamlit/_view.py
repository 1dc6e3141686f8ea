"""What the panel shows, as plain data: made by `_summary` and `_offers`, drawn by `_draw`.

Nothing here knows a store, a session or Streamlit, so every state of the panel can be
made from fixed facts and looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Does(StrEnum):
    """What a click means; the panel knows how."""

    SAVE_ALL = "save"
    TRY_AGAIN = "try again"
    SIGN_IN = "sign in"
    STOP = "stop"
    STOP_LOADING = "stop loading"
    LEAVE_LINK = "leave link"
    MANAGE = "manage"
    UPLOAD = "upload"
    SAVE = "save this"
    LOAD = "load"
    UNDO = "undo"
    UNDELETE = "undelete"
    COMPUTE = "compute"
    PREVIEW = "preview"
    VERSIONS = "versions"
    COMPARE = "compare"
    DOWNLOAD = "download"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done by a click."""

    label: str
    does: Does
    version: int | None = None
    """Which version it is about; None for the newest."""
    provider: str | None = None
    """Whom to sign in with, where an app names several."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long save or load is."""

    done: int
    total: int
    seconds_left: int | None = None
    is_load: bool = False

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One result: its name, a sentence, one button at most, and a menu."""

    key: str
    sentence: str
    button: Action | None = None
    menu: Sequence[Action] = ()
    is_calm: bool = False
    """Whether there is nothing to do about it, so that its sentence stands back."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The panel's one line, and what stands under it before the results."""

    label: str
    text: str = ""
    """Stands beside the button."""
    actions: Sequence[Action] = ()
    """One button; or, for sign-in with several providers, one menu of them."""
    notice: str = ""
    """What is to be read before the text, and stands out."""
    is_urgent: bool = False
    """Whether the panel opens by itself, because a person is needed."""
    is_warning: bool = False
    """Whether the notice is a warning."""
    lines: str = ""
    """Lines of configuration, for the person at this computer."""
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The whole panel."""

    summary: Summary
    lines: Sequence[Line] = ()
    notes: Sequence[str] = ()
    """Remarks at the end."""
    findable: Sequence[str] = field(default=())
    """The keys to choose from, where there are more results than lines."""
