"""The connection: `Store`'s methods, for whoever is looking at the app.

One object serves every session of the server, so it holds the open store and
the app's settings and nothing about a user. Who is asking is found out inside
each call. A connection per session would be closed and made again whenever a
browser loses its websocket for a moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from streamlit.connections import BaseConnection

from .. import _open
from .._care import KEEP
from .._page import Page
from .._page_load import PageLoad
from .._records import Check, Deleted, Receipt, Record, Usage
from .._reports import Copied, Diff, Exported, Imported, Preview, Swept, Verified
from .._session import Session
from .._store import Store
from . import _access, _settings
from ._settings import Settings


class StillroomConnection(BaseConnection[Store]):
    """A results store for ``st.connection``, with the methods of `stillroom.Store`.

    `stillroom.streamlit.page` opens one by itself; this is for apps that want the
    store's methods. Each call is made for whoever is looking at the app.

    Parameters
    ----------
    url, key, identity, owner, signing_key, keep_versions, compression, cache : optional
        As under ``[connections.<name>]`` in the secrets; an argument goes first.
    jwks, jwt_secret, jwt_audience, jwt_issuer : optional
        The same; what the tokens are verified by that `as_bearer` takes.

    Raises
    ------
    UnauthenticatedError
        From each method, when it can't be told who is asking: the app isn't set up
        for its visitors, or the call is made outside a page. There, use `as_owner`.

    Examples
    --------
    >>> import streamlit as st
    >>> from stillroom.streamlit import StillroomConnection
    >>> results = st.connection("results", type=StillroomConnection)  # doctest: +SKIP
    >>> results.save("train_models", "rmse", 1.21)  # doctest: +SKIP
    """

    _chosen: Settings

    def _connect(self, **options: Any) -> Store:
        self._chosen = settings = _settings.read(self._connection_name, options)
        return _open.open(
            settings.url,
            key=settings.key,
            owner=settings.owner,
            signing_key=settings.signing_key,
            keep_versions=settings.keep_versions,
            compression=settings.compression,
            jwks=settings.jwks,
            jwt_secret=settings.jwt_secret,
            jwt_audience=settings.jwt_audience,
            jwt_issuer=settings.jwt_issuer,
            cache=settings.cache,
        )

    @classmethod
    def scope(cls) -> Literal["global", "session"]:
        """One connection for all sessions."""
        return "global"

    def close(self) -> None:
        """Let go of the store; the next call opens it again.

        Streamlit closes a connection when its entry in the cache goes, while pages may
        be in the middle of a save. So the store is not closed under them: its files are
        released when the last of them is done.
        """
        self._raw_instance = None

    @property
    def location(self) -> str:
        """As `Store.location`."""
        return self._instance.location

    @property
    def durability(self) -> str:
        """As `Store.durability`."""
        return self._instance.durability

    @property
    def owner(self) -> str | None:
        """As `Store.owner`: whoever is asking now."""
        return _access.require(self).owner

    def page(self, name: str, *, types: Iterable[type] = ()) -> Page:
        """As `Store.page`; it stays with whoever is asking now."""
        return _access.require(self).page(name, types=types)

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
        """As `Store.save`."""
        return _access.require(self).save(
            page,
            key,
            value,
            label=label,
            metadata=metadata,
            ttl=ttl,
            pin=pin,
            if_version=if_version,
            progress=progress,
        )

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
        """As `Store.load`."""
        return _access.require(self).load(
            page,
            key,
            version=version,
            columns=columns,
            rows=rows,
            default=default,
            types=types,
            copy=copy,
            progress=progress,
        )

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
        """As `Store.save_page`."""
        return _access.require(self).save_page(
            page,
            values,
            label=label,
            metadata=metadata,
            if_versions=if_versions,
            progress=progress,
        )

    def load_page(
        self,
        page: str,
        keys: Iterable[str] | None = None,
        *,
        types: Iterable[type] = (),
        progress: Callable[[int, int], object] | None = None,
    ) -> PageLoad:
        """As `Store.load_page`."""
        return _access.require(self).load_page(page, keys, types=types, progress=progress)

    def results(self, page: str | None = None) -> list[Record]:
        """As `Store.results`."""
        return _access.require(self).results(page)

    def history(self, page: str, key: str) -> list[Record]:
        """As `Store.history`."""
        return _access.require(self).history(page, key)

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
        """As `Store.update`."""
        return _access.require(self).update(
            page, key, version=version, label=label, metadata=metadata, ttl=ttl, pinned=pinned
        )

    def rollback(self, page: str, key: str, version: int) -> Receipt:
        """As `Store.rollback`."""
        return _access.require(self).rollback(page, key, version)

    def rename(
        self, page: str, key: str, *, page_to: str | None = None, key_to: str | None = None
    ) -> Record:
        """As `Store.rename`."""
        return _access.require(self).rename(page, key, page_to=page_to, key_to=key_to)

    def diff(self, page: str, key: str, old: int, new: int | None = None) -> Diff:
        """As `Store.diff`."""
        return _access.require(self).diff(page, key, old, new)

    def preview(
        self, page: str, key: str, *, version: int | None = None, rows: int = 10
    ) -> Preview:
        """As `Store.preview`."""
        return _access.require(self).preview(page, key, version=version, rows=rows)

    def verify(
        self, *, repair: bool = False, progress: Callable[[int, int], object] | None = None
    ) -> Verified:
        """As `Store.verify`."""
        return _access.require(self).verify(repair=repair, progress=progress)

    def gc(
        self,
        *,
        dry_run: bool = False,
        compact: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Swept:
        """As `Store.gc`."""
        return _access.require(self).gc(dry_run=dry_run, compact=compact, progress=progress)

    def export_to(
        self,
        path: str | os.PathLike[str],
        *,
        page: str | None = None,
        key: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Exported:
        """As `Store.export_to`."""
        return _access.require(self).export_to(path, page=page, key=key, progress=progress)

    def import_from(
        self,
        path: str | os.PathLike[str],
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> Imported:
        """As `Store.import_from`."""
        return _access.require(self).import_from(path, progress=progress)

    def copy_to(
        self,
        other: Store,
        *,
        page: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Copied:
        """As `Store.copy_to`."""
        return _access.require(self).copy_to(other, page=page, progress=progress)

    def forget_cache(self) -> int:
        """As `Store.forget_cache`."""
        return _access.require(self).forget_cache()

    def delete(self, page: str, key: str, *, version: int | None = None) -> Deleted:
        """As `Store.delete`."""
        return _access.require(self).delete(page, key, version=version)

    def undelete(self, page: str, key: str, versions: Iterable[int]) -> None:
        """As `Store.undelete`."""
        _access.require(self).undelete(page, key, versions)

    def check(self, value: Any) -> Check:
        """As `Store.check`; it reads nothing of anyone's, so it asks for nobody."""
        return self._instance.check(value)

    def as_owner(self, owner: str | UUID) -> Store:
        """As `Store.as_owner`: for threads and callbacks that no visit stands behind."""
        return self._instance.as_owner(owner)

    def as_session(self, session: Session) -> Store:
        """As `Store.as_session`: for whoever signed in, whoever looks at the app."""
        return self._instance.as_session(session)

    def session(self) -> Session | None:
        """As `Store.session`: of whoever is asking now."""
        return _access.require(self).session()

    def as_bearer(self, token: str) -> Store:
        """As `Store.as_bearer`: for whoever carries the token, whoever looks at the app."""
        return self._instance.as_bearer(token)

    def usage(self) -> Usage:
        """As `Store.usage`."""
        return _access.require(self).usage()
