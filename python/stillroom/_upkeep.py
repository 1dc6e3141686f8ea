"""Looking after a store as a whole: how much it holds, whether that is whole, and taking it elsewhere.

Methods of `Store`, each one call down. Those about one result are in `_care.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import _arguments
from ._core import Core
from ._errors import InvalidError
from ._records import Usage
from ._reports import Copied, Exported, Imported, Swept, Verified

if TYPE_CHECKING:
    from ._store import Store


class Upkeep:
    """What `Store` has from here; made by nobody alone."""

    __slots__ = ()

    _core: Core

    def usage(self) -> Usage:
        """How much this owner keeps here.

        Returns
        -------
        Usage
            Counts of results and versions, their bytes, and the quota if there is one.
        """
        return Usage(**self._core.usage())

    def verify(
        self, *, repair: bool = False, progress: Callable[[int, int], object] | None = None
    ) -> Verified:
        """Read everything this owner keeps and compare it with its digests.

        Parameters
        ----------
        repair : bool, default False
            Forget the blobs that are damaged. Whatever is whole stays; saving the same
            content again then heals every version that needs them.
        progress : callable, optional
            As in `Store.save`.

        Returns
        -------
        Verified
            What was read, and the versions that are not whole.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> store.verify().ok
        True
        """
        return Verified.from_dict(self._core.verify(repair, progress))

    def gc(
        self,
        *,
        dry_run: bool = False,
        compact: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Swept:
        """Erase what was deleted or has expired, and the bytes that no version needs any more.

        What was deleted can't be brought back after this. Without it deleted versions
        are erased a week later, in passing.

        Parameters
        ----------
        dry_run : bool, default False
            Only say what would go.
        compact : bool, default False
            First keep every version but the newest of each result in fewer bytes. They
            are the same versions and load as before, if not as fast.
        progress : callable, optional
            As in `Store.save`; called while compacting.

        Returns
        -------
        Swept
            What went.

        Raises
        ------
        InvalidError
            `dry_run` and `compact` were both asked for.

        Examples
        --------
        >>> store = stillroom.open("memory:")
        >>> receipt = store.save("train_models", "rmse", 1.21)
        >>> deleted = store.delete("train_models", "rmse")
        >>> store.gc().versions
        1
        """
        if dry_run and compact:
            raise InvalidError(
                "what compacting would save shows only when it is done; leave out dry_run"
            )
        return Swept(**self._core.gc(dry_run, compact, progress))

    def export_to(
        self,
        path: str | os.PathLike[str],
        *,
        page: str | None = None,
        key: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Exported:
        """Write all results, one page's, or one result with all their versions into one file.

        The file is a consistent picture of one moment, whoever saves meanwhile; it is
        there whole or not at all, and everything in it is checked when it is read.

        Parameters
        ----------
        path : str or path
            The file to make; one that is there is not written over.
        page : str, optional
            Only this page's results.
        key : str, optional
            Only this result of `page`.
        progress : callable, optional
            As in `Store.save`.

        Returns
        -------
        Exported
            How much it holds.

        Raises
        ------
        NotFoundError
            There is no result at `page` and `key`, or none on `page`.
        InvalidError
            There is something at the path, its folder is missing, or `key` is given
            without its page.
        """
        page, key = _arguments.optional_text("page", page), _arguments.optional_text("key", key)
        return Exported(**self._core.export_to(os.fspath(path), page, key, progress))

    def import_from(
        self,
        path: str | os.PathLike[str],
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> Imported:
        """Bring in the results of a file that `export_to` wrote, as this owner's.

        Versions are counted anew after those that are there. Importing a file twice
        changes nothing.

        Parameters
        ----------
        path : str or path
            The file; all of it is checked before anything is written.
        progress : callable, optional
            As in `Store.save`.

        Returns
        -------
        Imported
            What it brought, and which results can't be opened here for want of a key.

        Raises
        ------
        InvalidError
            It is not such a file.
        UnsupportedError
            It was written by a newer stillroom.
        CorruptError
            It is cut short or changed; nothing was written.
        """
        return Imported.from_dict(self._core.import_from(os.fspath(path), progress))

    def copy_to(
        self,
        other: Store,
        *,
        page: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Copied:
        """Copy all results, or one page's, with all their versions straight into another store.

        They become results of whoever the other store is open for; say who that is with
        `open` or `as_owner`. Versions are counted anew after those that are there, so
        that the newest here becomes the newest there. Only what is missing travels: a
        copy that was stopped is finished by copying again, and a second one changes
        nothing.

        Objects are signed again by the other store's key, where the signature that they
        have is of a key of either store; else they arrive locked.

        Parameters
        ----------
        other : Store
            Where they go.
        page : str, optional
            Only this page's results.
        progress : callable, optional
            As in `Store.save`.

        Returns
        -------
        Copied
            What it brought, and which results can't be opened there for want of a key.

        Raises
        ------
        NotFoundError
            There is no result on `page`.
        InvalidError
            `other` is no open store, or nobody was named whose results they become.
        DeniedError
            The other store is open to read only.
        CorruptError
            A version is damaged here. What came in before it stays.
        ConflictError
            Results were saved there meanwhile again and again.

        Examples
        --------
        >>> here, there = stillroom.open("memory:"), stillroom.open("memory:")
        >>> receipt = here.save("train_models", "rmse", 1.21)
        >>> here.copy_to(there).versions
        1
        >>> there.load("train_models", "rmse")
        1.21
        """
        if not isinstance(other, Upkeep):
            raise InvalidError(f"other is not a store: `{type(other).__name__}`")
        page = _arguments.optional_text("page", page)
        return Copied.from_dict(self._core.copy_to(other._core, page, progress))

    def forget_cache(self) -> int:
        """Drop what is kept on this computer of this owner's results in a database.

        Nothing in the database changes, and what is loaded from now on is kept again.

        Returns
        -------
        int
            How many bytes that were; 0 for a folder or ``memory:``, of which none are kept.

        Raises
        ------
        UnavailableError
            They can't be removed.
        """
        return self._core.forget_cache()
