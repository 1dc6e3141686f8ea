"""The exceptions: one class per kind, and in each the one thing to do about it.

The messages are made in the core, where the facts are; nothing is worded here.
`docs/errors.md` tells each kind at length, and a test holds the two together.
"""

from __future__ import annotations

from typing import ClassVar


class StillroomError(Exception):
    """What every error of stillroom is; catch a subclass to act on one kind.

    Attributes
    ----------
    kind : str
        The kind's stable name, such as ``"not-found"``; the same in the log,
        in the command's ``--json`` and in ``docs/errors.md``.
    exit_code : int
        What the ``stillroom`` command ends with for this kind.
    path : str or None
        Where in the value the trouble is, such as ``results["cv"][3].model``,
        for the kinds that are about a part of a value.
    """

    kind: ClassVar[str]
    exit_code: ClassVar[int]

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path

    def __str__(self) -> str:
        # KeyError would show the repr of its argument, quotes and all.
        return str(self.args[0])


class NotFoundError(StillroomError, KeyError):
    """Nothing is saved there: save it first, or check page, key and owner."""

    kind = "not-found"
    exit_code = 3


class ConflictError(StillroomError):
    """Someone saved since: load the newest version, merge, save again."""

    kind = "conflict"
    exit_code = 4


class UnauthenticatedError(StillroomError):
    """The store can't tell who is asking: sign in again."""

    kind = "unauthenticated"
    exit_code = 5


class DeniedError(StillroomError, PermissionError):
    """It isn't yours to read or write: ask for access, or for the key that signed it."""

    kind = "denied"
    exit_code = 5


class UnsupportedError(StillroomError, TypeError):
    """A part of the value can't be kept exactly: store another form of what ``path`` names."""

    kind = "unsupported"
    exit_code = 6


class InvalidError(StillroomError, ValueError):
    """An argument or a setting is wrong: fix what the message names."""

    kind = "invalid"
    exit_code = 2


class TooLargeError(StillroomError, ValueError):
    """A limit was reached: compare limit and size in the message, and split what ``path`` names."""

    kind = "too-large"
    exit_code = 9


class UnavailableError(StillroomError, ConnectionError):
    """The store can't be reached now: try again later; what was saved is untouched."""

    kind = "unavailable"
    exit_code = 7


class DiskFullError(UnavailableError):
    """The store's disk is full: free space, then save again; what was saved is untouched."""


class CorruptError(StillroomError):
    """What is stored isn't what was saved: load another version of it."""

    kind = "corrupt"
    exit_code = 8


class InternalError(StillroomError):
    """A fault of stillroom's own: report it with the message and its causes."""

    kind = "internal"
    exit_code = 1


BY_KIND: dict[str, type[StillroomError]] = {
    error.kind: error
    for error in (
        NotFoundError,
        ConflictError,
        UnauthenticatedError,
        DeniedError,
        UnsupportedError,
        InvalidError,
        TooLargeError,
        UnavailableError,
        CorruptError,
        InternalError,
    )
}
"""The class of each kind; the extension looks its errors up here, once."""
