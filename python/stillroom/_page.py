"""A page as a mapping: reading loads, assigning saves.

Nothing is cached here: every read asks the store, so two programs on one store
see each other's work. (The Streamlit layer remembers values per session, on top.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from . import _html
from ._errors import InvalidError, StillroomError
from ._records import records_table

if TYPE_CHECKING:
    from ._store import Store


class Page(MutableMapping[str, Any]):
    """The results of one page, as a mapping that lasts. Made by `Store.page`.

    ``page[key]`` loads a new object at each read, and ``page[key] = value`` is
    durable when the line returns. Assigning never conflicts: the history keeps both.
    ``in``, ``len`` and iteration look at records and load nothing; keys come sorted.
    ``items()`` and ``values()`` load one value after the other, as they are reached.
    ``update`` saves all it is given as one set, or nothing. ``del page[key]`` deletes
    the result with all its versions. ``clear`` and ``popitem`` are refused.

    Pages are compared by identity: comparing contents would load them all.

    Raises
    ------
    NotFoundError
        From ``page[key]`` and ``del page[key]``; it is a ``KeyError`` too.
    InvalidError
        The page or the key is not a name; from ``in`` as well, so that it comes
        before a long computation and not after it.

    Examples
    --------
    >>> page = stillroom.open("memory:").page("train_models")
    >>> if "forecast" not in page:
    ...     page["forecast"] = [1.0, 2.5]
    >>> page["forecast"]
    [1.0, 2.5]
    """

    __slots__ = ("_name", "_store")

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def name(self) -> str:
        """The page's identifier."""
        return self._name

    @property
    def store(self) -> Store:
        """The store that holds it, with the classes of this page."""
        return self._store

    def __getitem__(self, key: str) -> Any:
        return self._store.load(self._name, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._store.save(self._name, key, value)

    def __delitem__(self, key: str) -> None:
        self._store.delete(self._name, key)

    def __contains__(self, key: object) -> bool:
        return self._store._holds(self._name, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._store._keys(self._name))

    def __len__(self) -> int:
        return len(self._store._keys(self._name))

    def update(  # type: ignore[override]
        self, other: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **values: Any
    ) -> None:
        """Save all values as one set: after an error none of them is saved.

        Parameters
        ----------
        other : Mapping or iterable of pairs, optional
            The values by their keys.
        **values : optional
            More of them, by name.

        Raises
        ------
        StillroomError
            As `Store.save_page`.

        Examples
        --------
        >>> page = stillroom.open("memory:").page("train_models")
        >>> page.update({"rmse": 1.21, "mae": 0.9})
        >>> list(page)
        ['mae', 'rmse']
        """
        self._store.save_page(self._name, dict(other, **values))

    def clear(self) -> None:
        """Refused: a page is too easily lost by it. Delete its keys one by one.

        Raises
        ------
        InvalidError
            Always.
        """
        raise InvalidError("a page isn't cleared at once; delete its keys one by one")

    def popitem(self) -> tuple[str, Any]:
        """Refused: it would delete a result nobody named. Use ``pop(key)``.

        Raises
        ------
        InvalidError
            Always.
        """
        raise InvalidError("popitem would delete a result nobody named; use pop(key)")

    def __repr__(self) -> str:
        # Asks the store nothing: a repr must not fail, nor wait.
        return f"<Page {self._name!r} of {self._store.location}>"

    def _repr_html_(self) -> str:
        try:
            records = self._store.results(self._name)
        except StillroomError as error:
            return _html.facts(f"Page {self._name}", [("can't be listed", error)])
        return records_table(f"Page {self._name}", records)
