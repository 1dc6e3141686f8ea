"""Looking after a result: the methods of `Store` about one that neither save nor load it.

Each is one call down, as those in `_store.py` are, which also opens and holds
the extension's half. What is done with all results at once is in `_upkeep.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from . import _arguments
from ._core import Core
from ._records import Deleted, Receipt, Record
from ._reports import Diff, Preview

#: What is left as it is.
KEEP: Any = ...


class Care:
    """What `Store` has from here; made by nobody alone."""

    __slots__ = ()

    _core: Core

    def update(
        self,
        page: str,
        key: str,
        *,
        version: int | None = None,
        label: str | None = KEEP,
        metadata: Any = KEEP,
        ttl: timedelta | float | None = KEEP,
        pinned: bool = KEEP,
    ) -> Record:
        """Change what is said of a version; what is left out stays as it is.

        Parameters
        ----------
        page, key : str
            Where it lives.
        version : int, optional
            Which one; the newest without it.
        label : str or None, optional
            A word about it; None for none.
        metadata : object, optional
            Facts to keep in the record, in place of those there; None for none.
        ttl : timedelta, float or None, optional
            How long it is kept from now on, a float in seconds; None for good.
        pinned : bool, optional
            Whether it stays whatever its age and however many versions follow.

        Returns
        -------
        Record
            The record as it is now.

        Raises
        ------
        NotFoundError
            Nothing is saved there, or not this version.
        TooLargeError
            The label is above 1 KiB, or the metadata above 64 KiB.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> store.update("train_models", "rmse", label="baseline", pinned=True).label
        'baseline'
        """
        change: dict[str, Any] = {}
        if label is not KEEP:
            change["label"] = _arguments.optional_text("label", label)
        if metadata is not KEEP:
            change["metadata"] = metadata
        if ttl is not KEEP:
            change["ttl"] = _arguments.optional_lifetime("ttl", ttl)
        if pinned is not KEEP:
            change["pinned"] = bool(pinned)
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        version = _arguments.optional_number("version", version, least=1)
        return Record.from_dict(self._core.update(page, key, version, change))

    def rollback(self, page: str, key: str, version: int) -> Receipt:
        """Make an older version the newest again. No bytes move, and nothing is lost by it.

        Parameters
        ----------
        page, key : str
            Where it lives.
        version : int
            The version to go back to.

        Returns
        -------
        Receipt
            The record of the new version, which holds the value of the old one.

        Raises
        ------
        NotFoundError
            There is no such version.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> for rmse in (1.21, 99.0):
        ...     receipt = store.save("train_models", "rmse", rmse)
        >>> store.rollback("train_models", "rmse", 1).version
        3
        >>> store.load("train_models", "rmse")
        1.21
        """
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        version = _arguments.number("version", version, least=1)
        return Receipt.from_dict(self._core.rollback(page, key, version))

    def rename(
        self, page: str, key: str, *, page_to: str | None = None, key_to: str | None = None
    ) -> Record:
        """Move a result with all its versions to another page, another key, or both.

        Parameters
        ----------
        page, key : str
            Where it lives.
        page_to, key_to : str, optional
            Where it will live; what is left out stays.

        Returns
        -------
        Record
            Its newest record, at the new place.

        Raises
        ------
        NotFoundError
            Nothing is saved there.
        ConflictError
            There is a result at the new place.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> store.rename("train_models", "rmse", key_to="error").key
        'error'
        """
        return Record.from_dict(
            self._core.rename(
                _arguments.text("page", page),
                _arguments.text("key", key),
                _arguments.optional_text("page_to", page_to),
                _arguments.optional_text("key_to", key_to),
            )
        )

    def delete(self, page: str, key: str, *, version: int | None = None) -> Deleted:
        """Delete a result with all its versions, or one version of it.

        Parameters
        ----------
        page, key : str
            Where it lives.
        version : int, optional
            Only this one; versions are never counted again from 1.

        Returns
        -------
        Deleted
            What went; its ``undo`` brings it back, until a `gc`.

        Raises
        ------
        NotFoundError
            Nothing is saved there, or not this version.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> deleted = store.delete("train_models", "rmse")
        >>> deleted.undo()
        >>> store.load("train_models", "rmse")
        1.21
        """
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        version = _arguments.optional_number("version", version, least=1)
        versions = tuple(self._core.delete(page, key, version))
        return Deleted(
            page=page,
            key=key,
            versions=versions,
            _undo=lambda: self.undelete(page, key, versions),
        )

    def undelete(self, page: str, key: str, versions: Iterable[int]) -> None:
        """Bring back versions that were deleted. What was saved meanwhile stays the newest.

        `Deleted.undo` does it for who still has what `delete` returned; this is for who
        noted down what it says, as a web session or a file does.

        Parameters
        ----------
        page, key : str
            Where they lived.
        versions : list of int
            Which ones, as in ``Deleted.versions``; those that are not deleted stay.

        Raises
        ------
        NotFoundError
            One of them was never there, or a `gc` has erased it; then none comes back.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> versions = store.delete("train_models", "rmse").versions
        >>> store.undelete("train_models", "rmse", versions)
        >>> store.load("train_models", "rmse")
        1.21
        """
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        self._core.undelete(page, key, _arguments.numbers("versions", versions, least=1))

    def diff(self, page: str, key: str, old: int, new: int | None = None) -> Diff:
        """What changed from one version to another, without loading either.

        Parameters
        ----------
        page, key : str
            Where they live.
        old : int
            The version to compare.
        new : int, optional
            The version to compare it with; the newest without it.

        Returns
        -------
        Diff
            The changes by path; scalars with what they were and are, arrays and columns
            by whether their bytes differ.

        Raises
        ------
        NotFoundError
            One of them is not there.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> for rmse in (1.21, 1.18):
        ...     receipt = store.save("train_models", "metrics", {"rmse": rmse, "n": 30})
        >>> store.diff("train_models", "metrics", 1)
        <Version 1 to 2:
          ["rmse"]: 1.21 → 1.18>
        """
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        old = _arguments.number("old", old, least=1)
        new = _arguments.optional_number("new", new, least=1)
        return Diff.from_dict(self._core.diff(page, key, old, new))

    def preview(
        self, page: str, key: str, *, version: int | None = None, rows: int = 10
    ) -> Preview:
        """The head of a stored value, without building it: its first rows or single values.

        Parameters
        ----------
        page, key : str
            Where it lives.
        version : int, optional
            Which one; the newest without it.
        rows : int, default 10
            How many rows of a frame, or items of an array.

        Returns
        -------
        Preview
            Its record, and the first rows as text and numbers, or the single values of a
            dict; a table in a notebook.

        Raises
        ------
        NotFoundError
            Nothing is saved there, or not this version.
        """
        page, key = _arguments.text("page", page), _arguments.text("key", key)
        version = _arguments.optional_number("version", version, least=1)
        rows = _arguments.number("rows", rows, least=0)
        return Preview.from_dict(self._core.preview(page, key, version, rows))
