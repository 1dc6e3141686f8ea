"""The store: what a program opens and holds. Each method is one call down.

Values are encoded, checked and written by the extension; this file names the
arguments, documents them, and gives the answers their types. It keeps nothing
but the open store and the classes the app handed over. The methods that look
after what is stored are in `_care.py` and `_upkeep.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from . import _arguments, _provenance, _session
from ._care import Care
from ._core import Core
from ._errors import NotFoundError
from ._page import Page
from ._page_load import PageLoad, load_as_set
from ._records import Check, Receipt, Record
from ._session import Session
from ._upkeep import Upkeep


class Store(Care, Upkeep):
    """An open store of results, for one owner. Made by `stillroom.open`.

    It may be used from several threads. Used in a ``with`` block it is closed at
    its end.
    """

    __slots__ = ("_core", "_location", "_owner", "_types")

    def __init__(self, core: Core, types: tuple[type, ...]) -> None:
        self._core = core
        self._types = types
        # Kept here, so that the repr of a closed store does not fail.
        self._location = core.location
        self._owner = core.owner

    @property
    def location(self) -> str:
        """Where it is: the absolute path of its folder, or a URL without secrets."""
        return self._location

    @property
    def owner(self) -> str | None:
        """Whose results it shows, a UUID; None when many share the store and none was named."""
        return self._owner

    @property
    def durability(self) -> str:
        """How long a save lasts here: ``durable``, ``until restart``, ``until the process ends``."""
        return self._core.durability

    def page(self, name: str, *, types: Iterable[type] = ()) -> Page:
        """A page of this store as a mapping that lasts.

        Parameters
        ----------
        name : str
            The page's identifier; 1 to 512 bytes of UTF-8 without control characters.
        types : list of classes, optional
            Classes that values of this page may come back as, besides the store's.

        Returns
        -------
        Page
            Reading a key loads it; assigning to one saves it.

        Examples
        --------
        >>> page = stillroom.open("memory:").page("train_models")
        >>> page["rmse"] = 1.21
        >>> "rmse" in page
        True
        """
        store = Store(self._core, self._types_with(types))
        return Page(store, _arguments.text("page", name))

    def save(
        self,
        page: str,
        key: str,
        value: Any,
        *,
        label: str | None = None,
        metadata: Any = None,
        ttl: timedelta | float | None = None,
        pin: bool = False,
        if_version: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Receipt:
        """Keep a value under a page and key, as a new version.

        When this returns, the value is durable. A value that equals the current
        version makes no new one; a label, metadata, ttl or pin given with it is then
        written to the current version.

        Parameters
        ----------
        page, key : str
            Where it lives; each 1 to 512 bytes of UTF-8 without control characters.
        value : object
            Anything in the support table; checked in full before a byte is written.
        label : str, optional
            A word about this version, for its history.
        metadata : object, optional
            Facts to keep in the record, up to 64 KiB; kept as exactly as a value.
        ttl : timedelta or float, optional
            How long this version is kept, a float in seconds; for good without it.
        pin : bool, default False
            Keep this version whatever its age and however many follow.
        if_version : int, optional
            The version you loaded, or 0 for "nothing saved yet". If someone saved
            since, nothing is written.
        progress : callable, optional
            Called with the bytes done and the bytes in all, some ten times a second and
            once at the end, just before the record is written. What it raises stops the
            save: nothing of it is visible then.

        Returns
        -------
        Receipt
            The record of the version that holds the value, with ``unchanged``,
            ``new_bytes`` and ``durability``.

        Raises
        ------
        UnsupportedError
            Part of the value can't be kept exactly; ``e.path`` says which.
        ConflictError
            ``if_version`` is not the newest version.
        TooLargeError
            The value is nested too deep or is above a limit or the owner's quota.
        DeniedError
            The store can't be written to.
        DiskFullError
            The disk is full; what was saved before is untouched.
        InvalidError
            The page or the key is not a name.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21, label="first")
        >>> receipt.version, receipt.unchanged
        (1, False)
        >>> store.save("train_models", "rmse", 1.18, if_version=receipt.version).version
        2
        """
        condition = _arguments.optional_number("if_version", if_version, least=0)
        place = (_arguments.text("page", page), _arguments.text("key", key))
        items = [(*place, value, condition, metadata)]
        return self._save(items, label=label, progress=progress, ttl=ttl, pin=pin)[0]

    def load(
        self,
        page: str,
        key: str,
        *,
        version: int | None = None,
        columns: Iterable[Any] | None = None,
        rows: slice | range | None = None,
        default: Any = ...,
        types: Iterable[type] = (),
        copy: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Any:
        """The value that was saved, exactly, or a part of it.

        Parameters
        ----------
        page, key : str
            Where it lives.
        version : int, optional
            An older version; the newest without it.
        columns : list of labels, optional
            Only these columns of a DataFrame of pandas or polars or a table of pyarrow,
            in this order; no others are read. It is what ``frame[columns]`` would give:
            a label that several columns have means all of them, and a label of several
            levels is a tuple.
        rows : slice or range, optional
            Only these rows of a DataFrame, a Series, an index or an array, its first axis:
            what ``frame.iloc[rows]`` or ``array[rows]`` would give. Ends may be left out
            or count from the end; the step is 1. Of values of fixed width and of text
            little else is read; other columns are read whole and cut.
        default : object, optional
            What to return when nothing is saved there, instead of raising. A saved
            None is a value and comes back as None.
        types : list of classes, optional
            Classes that the value may come back as, besides the store's.
        copy : bool, default False
            Read long arrays and columns into memory of their own. Without it they lie in
            maps of the store's files, which costs next to nothing until they are looked
            at, and the memory of one copy however many sessions load them. Ask for a copy
            when all of an array will be written to, or when another program might
            truncate the store's files meanwhile: whoever reads a map of a file that was
            truncated is stopped by the system (SIGBUS).
        progress : callable, optional
            Called with the bytes read and the bytes in all, some ten times a second and
            once when all are, just before the value is built. What it raises stops the
            load.

        Returns
        -------
        object
            A new object at each call; changing it changes nothing in the store.

        Raises
        ------
        NotFoundError
            Nothing is saved there, or not this version.
        DeniedError
            It holds Python objects that no signing key in hand vouches for.
        InvalidError
            It needs a class; the message is the ``types=`` line to add. Or it has no such
            column, no columns or no rows to choose from.
        UnsupportedError
            It was saved by a newer stillroom.
        CorruptError
            The stored bytes are not what was saved. In a part only what is read of it is
            looked at.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> store.load("train_models", "rmse", default="not trained yet")
        'not trained yet'
        >>> import numpy as np
        >>> receipt = store.save("train_models", "residuals", np.arange(6.0))
        >>> store.load("train_models", "residuals", rows=slice(-2, None))
        array([4., 5.])
        """
        try:
            value, _ = self._core.load(
                _arguments.text("page", page),
                _arguments.text("key", key),
                _arguments.optional_number("version", version, least=1),
                self._types_with(types),
                progress,
                columns=_arguments.columns(columns),
                rows=_arguments.rows(rows),
                copy=copy,
            )
        except NotFoundError:
            if default is ...:
                raise
            return default
        return value

    def save_page(
        self,
        page: str,
        values: Mapping[str, Any],
        *,
        label: str | None = None,
        metadata: Any = None,
        if_versions: Mapping[str, int] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Mapping[str, Receipt]:
        """Keep several values of a page as one set: all of them, or none.

        Parameters
        ----------
        page : str
            Where they live.
        values : Mapping
            The values by their keys.
        label, metadata : optional
            As in `save`, for each of them.
        if_versions : Mapping of str to int, optional
            As ``if_version`` of `save`, for the keys it names.
        progress : callable, optional
            As in `save`, with the bytes of all values; what it raises stops the whole set.

        Returns
        -------
        Mapping of str to Receipt
            In the order of `values`.

        Raises
        ------
        StillroomError
            As `save`. Nothing was written then, whichever value it is about.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipts = store.save_page("train_models", {"rmse": 1.21, "mae": 0.9})
        >>> receipts["mae"].version
        1
        """
        values = dict(values)
        described = dict.fromkeys(values, metadata)
        return self._save_set(page, values, if_versions, label, described, progress)

    def load_page(
        self,
        page: str,
        keys: Iterable[str] | None = None,
        *,
        types: Iterable[type] = (),
        progress: Callable[[int, int], object] | None = None,
    ) -> PageLoad:
        """The values of a page, as they were together at one moment.

        One that can't be loaded does not keep the others from loading.

        Parameters
        ----------
        page : str
            Where they live.
        keys : list of str, optional
            Which ones; all of the page without it.
        types : list of classes, optional
            Classes that the values may come back as, besides the store's.
        progress : callable, optional
            As in `load`, with the bytes of all values; what it raises stops all of it.

        Returns
        -------
        PageLoad
            The values by key, with ``versions`` and ``failed``. A key that was asked
            for and is not there is in ``failed`` too.

        Raises
        ------
        UnauthenticatedError, UnavailableError
            Nothing at all can be loaded now.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipts = store.save_page("train_models", {"rmse": 1.21, "mae": 0.9})
        >>> dict(store.load_page("train_models"))
        {'mae': 0.9, 'rmse': 1.21}
        """
        page = _arguments.text("page", page)
        wanted = None if keys is None else _arguments.names("keys", keys)
        return load_as_set(self._core, page, wanted, self._types_with(types), progress)

    def results(self, page: str | None = None) -> list[Record]:
        """The newest record of each result, without loading any.

        Parameters
        ----------
        page : str, optional
            Only those of this page.

        Returns
        -------
        list of Record
            By page and key; empty when nothing is saved.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> [(record.key, record.kind) for record in store.results()]
        [('rmse', 'float')]
        """
        return _records(self._core.results(_arguments.optional_text("page", page)))

    def history(self, page: str, key: str) -> list[Record]:
        """The versions of a result that can still be loaded, newest first.

        Parameters
        ----------
        page, key : str
            Where it lives.

        Returns
        -------
        list of Record
            At most the store's ``keep_versions``; empty when nothing is saved there.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> for rmse in (1.21, 1.18):
        ...     receipt = store.save("train_models", "rmse", rmse)
        >>> [record.version for record in store.history("train_models", "rmse")]
        [2, 1]
        """
        return _records(
            self._core.history(_arguments.text("page", page), _arguments.text("key", key))
        )

    def check(self, value: Any) -> Check:
        """Whether a value can be kept exactly, before saving it. Writes nothing.

        Parameters
        ----------
        value : object
            What would be saved.

        Returns
        -------
        Check
            With ``ok``, the ``parts`` and their sizes, and the ``problems`` with paths.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> store.check({"rmse": 1.21}).ok
        True
        >>> store.check({"scorer": lambda model: 0}).ok
        False
        """
        return Check.from_dict(self._core.check(value))

    def as_owner(self, owner: str | UUID) -> Store:
        """The same store for another owner.

        Parameters
        ----------
        owner : str or UUID
            Whose results to read and write.

        Returns
        -------
        Store
            A store of its own; this one keeps its owner.

        Raises
        ------
        InvalidError
            It is not a UUID.
        """
        return Store(self._core.as_owner(str(owner)), self._types)

    def as_session(self, session: Session) -> Store:
        """The same store for whoever signed in to its Supabase project.

        Their token is followed by another a minute before its end, by whichever call
        comes then.

        Parameters
        ----------
        session : Session
            What `stillroom.sign_in` gave, or `session` of a store.

        Returns
        -------
        Store
            A store of its own; this one stays as it is. Keep what its `session` says after
            use: the tokens of the one given may be good no longer.

        Raises
        ------
        InvalidError
            The session is of another project, or the store is none.
        """
        return Store(self._core.as_session(_session.check(session)), self._types)

    def session(self) -> Session | None:
        """The session that this store is in, as it is now.

        Returns
        -------
        Session or None
            None for a store that is in none.
        """
        facts = self._core.session()
        return None if facts is None else Session.from_dict(facts)

    def as_bearer(self, token: str) -> Store:
        """The same store for whoever carries a token of their sign-in.

        The token is verified here, by the keys that the store was opened with.

        Parameters
        ----------
        token : str
            An access token (JWT), such as Supabase's.

        Returns
        -------
        Store
            A store of its own, until the token is over; later calls raise
            `UnauthenticatedError`. This one keeps its owner.

        Raises
        ------
        UnauthenticatedError
            The token is over, of another issuer, or of no user; sign in again.
        InvalidError
            The store was opened without ``jwks`` or ``jwt_secret``.
        UnavailableError
            The issuer's keys can't be fetched.
        """
        return Store(self._core.as_bearer(_arguments.text("token", token)), self._types)

    def close(self) -> None:
        """Let go of the store's files. Closing twice does nothing."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.location} of owner {self.owner}>"

    def _save_set(
        self,
        page: str,
        values: Mapping[str, Any],
        if_versions: Mapping[str, int] | None,
        label: str | None,
        metadata: Mapping[str, Any],
        progress: Callable[[int, int], object] | None = None,
    ) -> dict[str, Receipt]:
        """One atomic set, in which each value may have metadata of its own."""
        page, wanted = _arguments.text("page", page), _arguments.conditions(values, if_versions)
        items = [
            (page, _arguments.text("key", key), value, wanted[key], metadata.get(key))
            for key, value in values.items()
        ]
        receipts = self._save(items, label=label, progress=progress) if items else []
        return dict(zip(values, receipts, strict=True))

    def _save(
        self,
        items: list[tuple[str, str, Any, int | None, Any]],
        *,
        label: str | None,
        progress: Callable[[int, int], object] | None = None,
        ttl: timedelta | float | None = None,
        pin: bool = False,
    ) -> list[Receipt]:
        receipts = self._core.save(
            items,
            label=_arguments.optional_text("label", label),
            provenance=_provenance.current(),
            progress=progress,
            types=self._types,
            ttl=_arguments.optional_lifetime("ttl", ttl),
            pinned=bool(pin),
        )
        return [Receipt.from_dict(facts) for facts in receipts]

    def _keys(self, page: str) -> list[str]:
        """The keys of a page, sorted."""
        return [facts["key"] for facts in self._core.results(page)]

    def _holds(self, page: str, key: object) -> bool:
        try:
            self._core.record(page, _arguments.text("key", key), None)
        except NotFoundError:
            return False
        return True

    def _types_with(self, types: Iterable[type]) -> tuple[type, ...]:
        return _arguments.classes(types) + self._types


def _records(facts: list[dict[str, Any]]) -> list[Record]:
    return [Record.from_dict(one) for one in facts]
