"""What one browser tab holds of the pages, under one private session key.

Values, and which stored version each of them equals. Everything here is plain
and can be pickled, as Streamlit asks when it is told to; no open store, no
connection. When the identity changes, all of it goes, and with it what stillroom
brought into the session by name.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import streamlit as st

from .._errors import StillroomError
from .._records import Record

if TYPE_CHECKING:
    from ._account import SignedIn
    from ._link import Link
    from ._work import Load, Save

log = logging.getLogger("stillroom.streamlit")

KEY = "_stillroom"
"""The one session key that is ours."""

DialogKind = Literal["versions", "preview", "download", "delete", "compare", "link", "sign in"]

LISTING_SECONDS = 30
"""How long a listing serves: a panel is drawn on every rerun."""

RETRY_SECONDS = (5, 10, 20, 30)
"""How long to wait after the first, second… failure before asking the store again."""

monotonic = time.monotonic
"""The clock that listings and retries go by; tests move it."""

_MEASURED = (bytes, bytearray, str, list, tuple, dict, set, frozenset, deque)


class Seen:
    """An object as it was at one moment, to tell later whether it is still that one.

    By identity, with type and shape, so that it costs nothing on every rerun. An id
    alone would not do: it is used again once the object is gone, and a value that was
    cleared and computed again passed for the saved one. The object is held weakly
    where its type allows that, so that nobody's large array is kept alive by us.
    """

    __slots__ = ("_form", "_held", "_weak")

    def __init__(self, value: object) -> None:
        self._form = _form(value)
        self._weak: weakref.ref[object] | None = None
        self._held: object = None
        try:
            self._weak = weakref.ref(value)
        except TypeError:
            self._held = value

    def is_still(self, value: object) -> bool:
        """Whether `value` is that object, and has its type and shape."""
        held = self._held if self._weak is None else self._weak()
        # A weak reference to a dead object gives None, which may be the value too.
        is_alive = self._weak is None or held is not None
        return is_alive and held is value and self._form == _form(value)

    def __reduce__(self) -> tuple[type[_Forgotten], tuple[()]]:
        # An object of another process is never the one seen here.
        return (_Forgotten, ())


class _Forgotten(Seen):
    """What is left of a `Seen` that was pickled: no object is still that one."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None)

    def is_still(self, value: object) -> bool:
        return False


def _form(value: object) -> tuple[type, object]:
    # By its type and not by what it says its class is, which may be any code.
    if issubclass(type(value), _MEASURED):
        try:
            return (type(value), len(value))  # type: ignore[arg-type]
        except Exception:
            # A subclass may refuse to be measured; then it is told by its identity alone.
            return (type(value), None)
    shape = getattr(value, "shape", None) if _is_data(value) else None
    return (type(value), shape)


def _is_data(value: object) -> bool:
    # Only types whose `shape` is known to cost nothing; a property may do anything.
    module = type(value).__module__.partition(".")[0]
    return module in ("numpy", "pandas", "polars", "pyarrow", "scipy")


class Facts(NamedTuple):
    """What the rows of the panel say about a stored version."""

    version: int
    kind: str
    shape: tuple[int, ...]
    bytes: int
    saved_at: datetime
    is_damaged: bool = False

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(
            record.version,
            record.kind,
            record.shape,
            record.bytes,
            record.created_at,
            record.is_damaged,
        )


@dataclass(slots=True)
class Base:
    """How the value in the tab relates to a stored version."""

    seen: Seen
    facts: Facts
    is_equal: bool = True
    """False for a value that was in the tab before anything was known about it."""

    @classmethod
    def of(cls, value: object, facts: Facts) -> Self:
        """For a value that was just saved as that version, or loaded from it."""
        return cls(Seen(value), facts)


@dataclass(slots=True)
class Problem:
    """Why one key could not be saved or loaded."""

    kind: str
    path: str | None
    message: str
    seen: Seen | None = None
    """The object that could not be saved; another one may be."""
    facts: Facts | None = None
    """The version that could not be loaded; another one may be."""
    previous: int | None = None
    """The version before that one, where there is one."""


@dataclass(slots=True)
class Trouble:
    """Why nothing at all can be saved or loaded now, and when to try again."""

    error: type[StillroomError]
    message: str
    is_about_saving: bool
    failures: int
    until: float

    @property
    def is_over(self) -> bool:
        return monotonic() >= self.until

    @property
    def seconds_left(self) -> int:
        return max(1, round(self.until - monotonic()))


@dataclass(slots=True)
class Compared:
    """Two that were compared, one of them the value in the tab."""

    versions: tuple[int, int]
    seen: Seen
    pair: Any


@dataclass(slots=True)
class Dialog:
    """A dialog that a click asked for; the panel opens it, and it stays until it is closed.

    What goes on in it is kept here: a click in a dialog runs the dialog again.
    """

    kind: DialogKind
    """What it shows; a dialog of versions may show one of them in between."""
    key: str
    """Empty for a download of the whole page."""
    version: int | None = None
    other: int | None = None
    """The version that `version` is compared with; None for the value in the tab."""
    came_from: DialogKind | None = None
    """What it was opened for, where it shows something else by now."""
    most: int = 10
    """How many versions it lists."""
    deleted: tuple[int, ...] = ()
    """The versions that were deleted in it, to be taken back while it is open."""
    says: str = ""
    """What became of the last click, where it did not go well."""
    changes: dict[int, str] = field(default_factory=dict)
    """What is new in a version, in words; found out once while it is open."""
    compared: Compared | None = None
    """What came of comparing the value in the tab; found out once too."""
    times_sent: int = 0
    """How often the browser was told to open it."""


@dataclass(slots=True)
class Undo:
    """What the tab held before another version was loaded over it."""

    value: Any
    base: Base | None


@dataclass(slots=True)
class Shown:
    """A version that a link shows, and what the tab held in its place."""

    facts: Facts
    held: Undo | None


class BadLink(NamedTuple):
    """A link that shows nothing; with key and version where it leads to a result."""

    text: str
    key: str = ""
    version: int | None = None
    message: str = ""
    was_stopped: bool = False
    """Whether a person stopped its load."""


@dataclass(slots=True)
class Arrival:
    """A value for the session that could not be put there yet, and what it follows."""

    value: Any
    base: Base | None


@dataclass(slots=True)
class Outcome:
    """What a save by hand did, for the panel to say."""

    saved: tuple[tuple[str, int], ...]
    unchanged: tuple[str, ...]


@dataclass(slots=True)
class PageMemory:
    """One page in one tab."""

    values: dict[str, Any] = field(default_factory=dict)
    """Values of the mapping. Those of `session_keys` are in the session itself."""
    bases: dict[str, Base] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    undo: dict[str, Undo] = field(default_factory=dict)
    session_keys: set[str] = field(default_factory=set)
    """Every key declared so far, to be dropped when the identity changes."""
    restored: set[str] = field(default_factory=set)
    """The session keys that were looked for in the store."""
    tried: dict[str, Seen] = field(default_factory=dict)
    """The values of session keys that no widget of this tab has turned out to own; see `_widgets`."""
    listing: dict[str, Facts] | None = None
    listed_at: float = 0.0
    trouble: Trouble | None = None
    outcome: Outcome | None = None
    said: Outcome | None = None
    """The outcome that the panel has said; it goes on saying it until the page runs."""
    saving: list[Save] = field(default_factory=list)
    """The saves that are under way, or ended and not taken over yet; see `_saving`."""
    loading: list[Load] = field(default_factory=list)
    """The same for loads; see `_loading` and `_loads`."""
    declined: set[str] = field(default_factory=set)
    """Keys whose load a person has stopped: they are loaded by a click and not by themselves."""
    arriving: dict[str, Arrival] = field(default_factory=dict)
    """Session keys that were assigned to the page and aren't in the session yet."""
    checked: dict[str, Seen] = field(default_factory=dict)
    """Values that were looked at before anybody asked for a save."""
    held_back: dict[str, Seen] = field(default_factory=dict)
    """Values that aren't saved by themselves, because a person stopped it."""
    deleted: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The versions that were just deleted by key, to be taken back."""
    dialog: Dialog | None = None
    toasts: list[str] = field(default_factory=list)
    """What the next run is to say in passing: a callback of a fragment can't draw."""
    link: Link | None = None
    """The version that the page's address asks for; nothing is saved while it is shown."""
    shown: Shown | None = None
    """What came with it."""
    bad_link: BadLink | None = None
    """A link in the page's address that can't be shown."""
    hint: str = ""
    """A remark for the developer, of this run."""
    was_urgent: bool = False
    is_open: bool = False
    """Whether the panel was open; the session forgets it when a run ends before the panel."""
    wants_rerun: bool = False
    was_just_opened: bool = False
    """Whether this run of the panel is part of a run of the page."""
    has_waited: bool = False
    """Whether auto-load has once waited for the panel to say which keys there are."""

    def note(self, error: StillroomError, *, is_about_saving: bool = False) -> None:
        """Remember that the store failed as a whole, and wait longer each time."""
        failures = 1 if self.trouble is None else self.trouble.failures + 1
        wait = RETRY_SECONDS[min(failures, len(RETRY_SECONDS)) - 1]
        self.trouble = Trouble(
            type(error), str(error), is_about_saving, failures, monotonic() + wait
        )
        log.warning("results store failed, trying again in %d s: %s", wait, error)

    def store_answers(self) -> None:
        """The store can be read again; whether it can be written to is not known yet."""
        if self.trouble is not None and not self.trouble.is_about_saving:
            self.trouble = None

    @property
    def may_try(self) -> bool:
        """Whether the store may be asked now, or is given time to come back."""
        return self.trouble is None or self.trouble.is_over

    @property
    def may_read(self) -> bool:
        """The same for reading: a store that can't be written to may be read all the time."""
        return self.may_try or (self.trouble is not None and self.trouble.is_about_saving)

    def forget_listing(self) -> None:
        """Make the next panel list afresh, after a write of our own."""
        self.listing = None


@dataclass(slots=True)
class SigningIn:
    """How far somebody is with signing in."""

    says: str = ""
    """What became of the last try, where it did not go well."""
    code_sent_to: str = ""
    """The address that a code was sent to."""


@dataclass(slots=True)
class StoreMemory:
    """One store in one tab, and whose it was."""

    owner: str | None = None
    pages: dict[str, PageMemory] = field(default_factory=dict)
    has_logged: bool = False
    asked: dict[str, bool] = field(default_factory=dict)
    """What auto-load was called for; see `_recipe`."""
    account: SignedIn | None = None
    """Who signed in in this tab, where the store is a Supabase project."""
    signing_in: SigningIn = field(default_factory=SigningIn)
    """How far somebody is with it."""


def page_memory(place: str, owner: str | None, name: str) -> PageMemory:
    """What this tab holds of a page, for `owner`; None while nobody may keep results.

    What was computed before someone was known stays in the tab and may become
    theirs. What one owner had is dropped before another one, or nobody, looks.
    """
    store = store_memory(place)
    if store.owner != owner:
        if store.owner is not None:
            _drop(store.pages.values())
            store.pages = {}
        store.owner = owner
    return store.pages.setdefault(name, PageMemory())


def page_memory_unopened(place: str, name: str) -> PageMemory:
    """The same while the store can't be opened, and only its own owner may use it.

    Who that is stands in the store, and it is the one who was there before: under an
    identity that tells people apart, the owner is known without it.
    """
    return store_memory(place).pages.setdefault(name, PageMemory())


def log_once(place: str, refusal: str) -> None:
    """Say in the log why a visit is refused; once per tab, not on every rerun."""
    store = store_memory(place)
    if not store.has_logged:
        store.has_logged = True
        log.warning("%s", refusal)


def store_memory(place: str) -> StoreMemory:
    """What this tab holds of one store."""
    stores: dict[str, StoreMemory] | None = st.session_state.get(KEY)
    if stores is None:
        stores = {}
        st.session_state[KEY] = stores
    return stores.setdefault(place, StoreMemory())


def _drop(pages: Iterable[PageMemory]) -> None:
    for page in pages:
        for load in page.loading:
            load.stop()
        for key in page.session_keys:
            if key in st.session_state:
                del st.session_state[key]
