"""Who is asking now, and the store for them: the one place that knows both.

A visit that may not be served is refused before the store is opened, so that it
does not even make the folder. The refusal goes to the log, once per session; a
visitor never reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from .. import _arguments
from .._errors import InvalidError, StillroomError, UnauthenticatedError
from .._store import Store
from . import _identity, _settings
from ._identity import Decision, Visit

if TYPE_CHECKING:
    from ._connection import StillroomConnection

DEFAULT_NAME = "results"


@dataclass(frozen=True)
class Access:
    """The answer to one question: may this visit keep results, and where?"""

    decision: Decision
    place: str
    """Which connection this is about; two of one name may point to two stores."""

    connection: StillroomConnection | None = None
    owner: str | None = None
    trouble: StillroomError | None = None
    """Why the store could not be opened, where the visit itself is welcome."""

    @property
    def identity(self) -> str | None:
        return self.decision.identity

    @property
    def store(self) -> Store | None:
        """The store for this visitor; None where nothing may be read or written.

        Taken from the connection at each use: Streamlit may have closed it in
        between, and then it opens again.
        """
        if self.connection is None or self.owner is None:
            return None
        return self.connection._instance.as_owner(self.owner)


def ask(connection: StillroomConnection | None = None) -> Access:
    """Who is asking, and what is open to them.

    Raises
    ------
    InvalidError
        The configuration is wrong. Anything else that keeps the store from
        opening is in `Access.trouble`.
    """
    place = _place(connection)
    settings = _settings.read(DEFAULT_NAME, {}) if connection is None else connection._chosen
    decision = _identity.decide(visit(), settings.identity)
    if decision.identity is None:
        return Access(decision, place)
    try:
        opened = connection or _default_connection()
        store = opened._instance
        if decision.identity == "local" and not store._core.is_local:
            return Access(_identity.not_a_file(store.location), place)
        owner = owner_of(decision, store)
    except InvalidError:
        raise
    except StillroomError as error:
        return Access(decision, place, trouble=error)
    return Access(decision, place, opened, owner)


def require(connection: StillroomConnection) -> Store:
    """The store for whoever is asking now; `UnauthenticatedError` if nobody can be told."""
    access = ask(connection)
    if access.trouble is not None:
        raise access.trouble
    if access.store is None:
        raise UnauthenticatedError(
            f"{access.decision.refusal}; elsewhere than in a page, use as_owner"
        )
    return access.store


def owner_of(decision: Decision, store: Store) -> str:
    """Whose results these are: under both identities of this release the store's own."""
    return store.owner


def visit() -> Visit:
    """What Streamlit knows about the request behind this session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return Visit()
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    peer = "unix socket" if _settings.is_behind_a_socket() else st.context.ip_address
    # Not text in an AppTest, where there is no browser and so no header either.
    known_peer = peer if isinstance(peer, str) else None
    return Visit(headers, known_peer, _settings.has_sign_in())


def _default_connection() -> StillroomConnection:
    from ._connection import StillroomConnection

    return st.connection(DEFAULT_NAME, type=StillroomConnection)


def _place(connection: StillroomConnection | None) -> str:
    if connection is None:
        return DEFAULT_NAME
    url = connection._kwargs.get("url")
    name = connection._connection_name
    return name if url is None else f"{name} {_arguments.text('url', url)}"
