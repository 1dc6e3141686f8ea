"""A page of results as the app's script sees it: a mapping that lasts.

What is written is in this browser tab at once, and durable when the line returns; what
is read comes from the tab if it is there, else from the store. Who is asking is decided
when the page is opened, never at a save.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from .. import _arguments
from .._errors import InvalidError, NotFoundError
from .._store import Store
from . import (
    _access,
    _arriving,
    _link,
    _loading,
    _panel,
    _reading,
    _restore,
    _saving,
    _session,
    _widgets,
)
from ._access import Access
from ._connection import StillroomConnection
from ._opened import Opened
from ._session import PageMemory
from ._tab import Tab


class Page(MutableMapping[str, Any]):
    """The results of one page, for whoever is looking at the app. Made by `page`.

    ``page[key] = value`` saves the value and returns when it is durable; the value is in
    this browser tab too. ``page[key]`` looks in the tab first and else loads it.

    Where the value stays in the tab alone, without an error, and the panel says so:

    - nobody may keep results, since the app isn't set up or nobody is signed in;
    - a person pressed *Stop* while it was saved. It isn't tried again until another
      value is assigned, or somebody presses *Save*;
    - the page shows a version by its link (``?result=…``) and is read-only. ``del
      page[key]`` then forgets what the tab holds, and nothing that is stored.

    A save that was tried and failed raises, and the value stays in the tab too.

    A load of more than a second says how far it is, at the place of the script, with a
    button *Stop*. ``page[key]`` can't return without a value; so where a person stops it,
    the script ends there, as by ``st.stop()``, and the page offers to load it after all.
    It is not tried again by itself in this tab.

    A value changed in place is not noticed; assign it again.

    It belongs to the visit it was opened for, and is refused to any other: a variable of a
    module, a cache or the session is no place for it.

    Raises
    ------
    NotFoundError
        From ``page[key]`` and ``del page[key]``; it is a ``KeyError`` too.
    """

    __slots__ = ("_opened", "_title")

    def __init__(self, tab: Tab, title: str) -> None:
        self._opened = Opened(tab)
        self._title = title

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def name(self) -> str:
        """The page's identifier, which never changes."""
        return self._opened.tab.name

    @property
    def title(self) -> str:
        """What people read."""
        return self._title

    def __getitem__(self, key: str) -> Any:
        tab, key = self._tab, _arguments.text("key", key)
        return tab.get(key) if tab.has(key) else self._load(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._keep({_arguments.text("key", key): value})

    def __delitem__(self, key: str) -> None:
        tab, key = self._tab, _arguments.text("key", key)
        if tab.memory.link is None:
            self._delete(key)
        elif key not in self:
            raise _not_found(tab.name, key)
        tab.drop(key)

    def __contains__(self, key: object) -> bool:
        name = _arguments.text("key", key)
        if self._tab.has(name):
            return True
        store = self._store()
        return store is not None and name in store.page(self._tab.name)

    def __iter__(self) -> Iterator[str]:
        store = self._store()
        stored = set() if store is None else set(store.page(self._tab.name))
        return iter(sorted(stored.union(self._tab.keys())))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def update(  # type: ignore[override]
        self, other: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **values: Any
    ) -> None:
        """Save all values as one set, then keep them in this tab.

        Parameters
        ----------
        other : Mapping or iterable of pairs, optional
            The values by their keys.
        **values : optional
            More of them, by name.

        Raises
        ------
        StillroomError
            As `Store.save_page`: none of them is saved then. They stay in the tab.
        """
        found = dict(other, **values)
        self._keep({_arguments.text("key", key): value for key, value in found.items()})

    def clear(self) -> None:
        """Refused: a page is too easily lost by it. Delete its keys one by one."""
        raise InvalidError("a page isn't cleared at once; delete its keys one by one")

    def popitem(self) -> tuple[str, Any]:
        """Refused: it would delete a result nobody named. Use ``pop(key)``."""
        raise InvalidError("popitem would delete a result nobody named; use pop(key)")

    def panel(self) -> None:
        """Keep what changed in `session_keys`, and show what is kept.

        Best as the last line of the script, when everything is computed and every
        widget is made. It never raises because of the store.
        """
        _panel.show(self._tab, key=self._tab.name)

    def __repr__(self) -> str:
        tab = self._opened.tab
        return f"<Page {tab.name!r} of {tab.access.place}>"

    @property
    def _tab(self) -> Tab:
        return self._opened.by_its_visitor()

    def _store(self) -> Store | None:
        if self._tab.access.trouble is not None:
            raise self._tab.access.trouble
        return self._tab.store

    def _keep(self, values: Mapping[str, Any]) -> None:
        if self._tab.memory.link is None:
            _saving.write_through(self._tab, values)
            return
        _arriving.keep(self._tab, values)
        _arriving.put(self._tab, values)

    def _delete(self, key: str) -> None:
        """Delete a result that is stored; one that is in the tab alone is fine too."""
        tab, store = self._tab, self._store()
        was_here = tab.has(key)
        # A save or a load that ends after the delete would bring it back.
        _saving.settle(tab, [key])
        _loading.forget(tab, key)
        try:
            if store is None:
                raise _not_found(tab.name, key)
            store.delete(tab.name, key)
        except NotFoundError:
            if not was_here:
                raise
        tab.memory.forget_listing()

    def _load(self, key: str) -> Any:
        store = self._store()
        if store is None:
            raise _not_found(self._tab.name, key)
        return _reading.read(self._tab, store, key)


def page(
    name: str,
    *,
    title: str | None = None,
    session_keys: Iterable[str] = (),
    autosave: bool = True,
    types: Iterable[type] = (),
    max_auto_mb: float = 50,
    conn: StillroomConnection | None = None,
) -> Page:
    """The results of a page, for whoever is looking at the app.

    Call it at the top of the script, before the widgets: that is when
    `session_keys` are brought back.

    Parameters
    ----------
    name : str
        The page's identifier; it never changes, whatever the title becomes.
    title : str, optional
        What people read; the name without it.
    session_keys : list of str, optional
        Keys of ``st.session_state`` that hold results. They are brought back in a new
        tab, and kept by `Page.panel`.
    autosave : bool, default True
        Keep changed `session_keys` at every `Page.panel`; otherwise its button does.
    types : list of classes, optional
        Dataclasses, named tuples and Enums that stored values may come back as.
    max_auto_mb : float, default 50
        Larger results are not brought back by themselves, but at the press of a button.
    conn : StillroomConnection, optional
        Another connection than ``[connections.results]``.

    Returns
    -------
    Page
        A mapping that lasts.

    Raises
    ------
    InvalidError
        A name or the configuration is wrong.

    Examples
    --------
    >>> import stillroom.streamlit as sr
    >>> page = sr.page("train_models", title="Train models")  # doctest: +SKIP
    >>> if "forecast" not in page:  # doctest: +SKIP
    ...     page["forecast"] = train()
    >>> page.panel()  # doctest: +SKIP
    """
    tab = open_tab(
        name,
        session_keys=session_keys,
        autosave=autosave,
        types=types,
        conn=conn,
        max_auto_mb=max_auto_mb,
    )
    _saving.collect(tab)
    _loading.collect(tab)
    _link.follow(tab)
    _restore.restore(tab)
    return Page(tab, tab.name if title is None else _arguments.text("title", title))


def open_tab(
    name: str,
    *,
    session_keys: Iterable[str] = (),
    autosave: bool = True,
    types: Iterable[type] = (),
    max_auto_mb: float = 50,
    conn: StillroomConnection | None = None,
    describe: Callable[[Any], dict[str, Any]] | None = None,
    shows_undeclared: bool = True,
) -> Tab:
    """Find out who is asking, and what this tab knows of the page."""
    name = _arguments.text("page", name)
    keys = tuple(dict.fromkeys(_arguments.names("session_keys", session_keys)))
    if conn is not None and not isinstance(conn, StillroomConnection):
        raise InvalidError(
            "conn takes what st.connection(…, type=StillroomConnection) gives, not "
            f"`{type(conn).__name__}`"
        )
    access = _access.ask(conn)
    memory = _memory(access, name)
    if access.trouble is not None and memory.may_try:
        memory.note(access.trouble)
    if access.decision.refusal:
        _session.log_once(access.place, access.decision.refusal)
    memory.session_keys.update(key for key in keys if not _widgets.owns(name, key))
    memory.wants_rerun = False
    return Tab(
        name=name,
        access=access,
        memory=memory,
        session_keys=keys,
        types=_arguments.classes(types),
        autosave=autosave,
        max_auto_mb=_arguments.amount("max_auto_mb", max_auto_mb),
        describe=describe,
        shows_undeclared=shows_undeclared,
    )


def _memory(access: Access, name: str) -> PageMemory:
    if access.trouble is not None and access.known_owner is None:
        return _session.page_memory_unopened(access.place, name)
    return _session.page_memory(access.place, access.known_owner, name)


def _not_found(page: str, key: str) -> NotFoundError:
    return NotFoundError(
        f"nothing is computed in this tab, and nobody may keep results here; at `{page}`, `{key}`"
    )
