"""Opening a store: the one function that takes settings."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from . import _arguments, _session
from ._core import Core
from ._session import Session
from ._store import Store

log = logging.getLogger("stillroom")

Compression = Literal["auto", "none", "fast", "small"]
"""How new bytes are kept, as `open` says."""


def open(
    url: str | os.PathLike[str] | None = None,
    *,
    key: str | None = None,
    owner: str | UUID | None = None,
    session: Session | None = None,
    signing_key: str | Sequence[str] | None = None,
    types: Iterable[type] = (),
    keep_versions: int | None = 20,
    compression: Compression = "auto",
    verify: Literal["changed", "always"] = "changed",
    durable: bool | None = None,
    read_only: bool = False,
    jwks: str | None = None,
    jwt_secret: str | None = None,
    jwt_audience: str | None = None,
    jwt_issuer: str | None = None,
    cache: str | os.PathLike[str] | int | bool = True,
) -> Store:
    """Open a store of results, making it where there is none yet.

    Parameters
    ----------
    url : str or path, optional
        A folder, ``file:…``, ``memory:``, a database, ``postgresql://…``, or a Supabase
        project, ``https://<ref>.supabase.co``. Without it ``$STILLROOM_URL``, else the
        folder ``.stillroom`` of the project you are in. A relative path starts at the
        project too: the nearest folder from here upwards that holds ``.stillroom``,
        ``.streamlit`` (but for the home folder's own), ``pyproject.toml`` or ``.git``.
    key : str, optional
        The publishable key of a Supabase project; without it ``$STILLROOM_KEY``.
    owner : str or UUID, optional
        Whose results these are. Without it the one owner of a folder; a database has many,
        and then each call needs one, by this, by `Store.as_owner` or by `Store.as_bearer`.
    session : Session, optional
        Who signed in to a Supabase project, as `sign_in` says: theirs are the results.
        Without it nobody's, but for whom ``$STILLROOM_TOKEN`` is a token of.
    signing_key : str or list of str, optional
        The line that ``stillroom key`` printed, for keeping Python objects such as
        fitted models. Of several the first signs and all are accepted when reading.
        Without it a folder uses a key of its own, and a database has none; an empty list means no key at
        all, and then Python objects are neither saved nor opened.
    types : list of classes, optional
        Your dataclasses, named tuples and Enums that stored values may come back as.
    keep_versions : int or None, default 20
        How many versions of each result stay; older ones go when a new one is saved.
        None keeps all.
    compression : {"auto", "none", "fast", "small"}, default "auto"
        How the bytes of values are kept that are saved from here; each is loaded from
        every store, and what is kept already stays as it is. ``"fast"`` is about as fast
        as a network, ``"small"`` takes several times as long for a few percent less.
        ``"auto"`` is what the place is short of: a folder on this computer takes raw
        bytes faster than it could take fewer, and loads them without reading; a database
        lies behind a network.
    verify : {"changed", "always"}, default "changed"
        Check bytes against their digests when their file changed since they were last
        checked, or at every load.
    durable : bool, optional
        Whether the store's disk outlives a restart, where you know better than what is
        found: on a disk that goes with its container opening warns, and receipts say
        ``until restart``.
    read_only : bool, default False
        Open a store that is there for reading: every change is refused.
    jwks, jwt_secret : str, optional
        What the tokens are verified by that `Store.as_bearer` takes, for a database: where
        their issuer publishes its keys, for Supabase
        ``https://<ref>.supabase.co/auth/v1/.well-known/jwks.json``; or the secret that it
        signs with, of 32 characters or more, where it still uses one. Both may be given.
    jwt_audience, jwt_issuer : str, optional
        Whom those tokens have to be for, and whom from. Without them: for
        ``authenticated``, as Supabase writes it, and from whoever holds the keys.
    cache : bool, path or int, default True
        Whether what is loaded from a database is kept on this computer too, so that the
        next load of it maps, as from a folder. A path is the folder for that; without it
        ``$STILLROOM_CACHE``, else the system's place for caches. A number is how many
        bytes it may take, of all databases together; without it 1 GiB. A folder of this
        computer and ``memory:`` need none.

    Returns
    -------
    Store
        Open until `Store.close`, or for a ``with`` block. It may be shared by threads.

    Raises
    ------
    InvalidError
        An argument is wrong, or the path is a file.
    DeniedError
        The folder belongs to another user, or others may write to it; or the database's
        login could see everyone's results.
    UnauthenticatedError
        The database knows no such user and password, or the project no such token.
    UnavailableError
        The store can't be reached.

    Examples
    --------
    >>> import stillroom
    >>> with stillroom.open("memory:") as store:
    ...     page = store.page("train_models")
    ...     page["forecast"] = [1.0, 2.5]
    ...     page["forecast"]
    [1.0, 2.5]
    """
    # Before the store is made: a wrong argument leaves no folder behind.
    handed = _arguments.classes(types)
    core = Core.open(
        None if url is None else _arguments.text("url", os.fspath(url)),
        owner=None if owner is None else str(owner),
        signing_keys=_arguments.signing_keys(signing_key),
        keep_versions=_arguments.optional_number("keep_versions", keep_versions, least=1),
        compression=_arguments.text("compression", compression),
        verify=_arguments.text("verify", verify),
        durable=durable,
        read_only=read_only,
        key=_arguments.optional_text("key", key),
        jwks=_arguments.optional_text("jwks", jwks),
        jwt_secret=_arguments.optional_text("jwt_secret", jwt_secret),
        jwt_audience=_arguments.optional_text("jwt_audience", jwt_audience),
        jwt_issuer=_arguments.optional_text("jwt_issuer", jwt_issuer),
        cache=_arguments.cache(cache),
    )
    if session is not None:
        core = core.as_session(_session.check(session))
    log.info("results are kept in %s", core.location)
    for notice in core.notices:
        log.warning(notice)
    return Store(core, handed)
