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
from . import _account, _identity, _owner, _session, _settings
from ._account import SignedIn
from ._identity import Decision, Visit

if TYPE_CHECKING:
    from ._connection import StillroomConnection

DEFAULT_NAME = "results"

_CLAIMS = ("is_logged_in", *_owner.CLAIMS)
"""What is read of `st.user`: no e-mail, no name, no token."""


@dataclass(frozen=True)
class Access:
    """The answer to one question: may this visit keep results, and where?"""

    decision: Decision
    place: str
    """Which connection this is about; two of one name may point to two stores."""

    connection: StillroomConnection | None = None
    owner: str | None = None
    is_project: bool = False
    """Whether the store is a Supabase project, to which its users sign in."""
    account: SignedIn | None = None
    """Who did in this tab."""
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
        if self.connection is None or self.owner is None or self.is_over:
            return None
        store = self.connection._instance
        return store.as_owner(self.owner) if self.account is None else self.account.store_of(store)

    @property
    def is_over(self) -> bool:
        """Whether the visitor was signed in, and has to sign in again."""
        return self.account is not None and self.account.is_over

    @property
    def known_owner(self) -> str | None:
        """Whose results these are, as far as that can be told without the store."""
        return self.owner or self.decision.owner


def ask(connection: StillroomConnection | None = None) -> Access:
    """Who is asking, and what is open to them.

    Raises
    ------
    InvalidError
        The configuration is wrong. Anything else that keeps the store from
        opening is in `Access.trouble`.
    """
    place = place_of(connection)
    settings = _settings.read(DEFAULT_NAME, {}) if connection is None else connection._chosen
    seen = visit(place, is_project=_account.is_project(settings))
    _account.check(settings)
    if _identity.wanted(seen, settings.identity) == "oidc":
        _settings.check_sign_in(_CLAIMS)
    if seen.is_project:
        # Opening asks nobody, and says what is wrong with the key before somebody signs in.
        connection = connected(connection)
        _ = connection._instance
    decision = _identity.decide(seen, settings.identity)
    if decision.identity is None:
        # Where nobody may keep results, a connection is there to sign in to, and for nothing else.
        return Access(
            decision, place, connection if seen.is_project else None, is_project=seen.is_project
        )
    try:
        opened = connected(connection)
        store = opened._instance
        if decision.identity == "local" and not store._core.is_local:
            return Access(_identity.not_a_file(store.location), place)
        account = _session.store_memory(place).account if seen.is_project else None
        if account is not None:
            account.renew(store)
        owner = owner_of(decision, store)
        if owner is None:
            raise InvalidError(
                f'many owners share this store; identity = "{decision.identity}" needs to be told '
                f'whose results these are, by owner = "<UUID>": {store.location}'
            )
    except InvalidError:
        raise
    except StillroomError as error:
        return Access(decision, place, trouble=error, is_project=seen.is_project)
    return Access(decision, place, opened, owner, seen.is_project, account)


def connected(connection: StillroomConnection | None) -> StillroomConnection:
    """The connection that a call is about."""
    return connection or _default_connection()


def require(connection: StillroomConnection) -> Store:
    """The store for whoever is asking now; `UnauthenticatedError` if nobody can be told."""
    access = ask(connection)
    if access.trouble is not None:
        raise access.trouble
    if access.store is None:
        raise UnauthenticatedError(
            f"{access.decision.refusal or 'nobody is signed in'}; "
            "elsewhere than in a page, use as_owner"
        )
    return access.store


def owner_of(decision: Decision, store: Store) -> str | None:
    """Whose results these are; the store's own owner only where the identity says so."""
    return store.owner if decision.identity in _identity.OF_THE_STORE else decision.owner


def sign_in_providers() -> list[str | None]:
    """With what the app's visitors can sign in: None for its only provider, else names."""
    return _settings.sign_in_providers()


def sign_in(provider: str | None) -> None:
    """Send the browser to the provider; it comes back to the app's first page, in a new session."""
    st.login(provider)


def visit(place: str, *, is_project: bool) -> Visit:
    """What is known about the request behind this session, and who signed in in its tab."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return Visit(is_project=is_project)
    account = _session.store_memory(place).account if is_project else None
    sent = st.context.headers
    peer = "unix socket" if _settings.is_behind_a_socket() else st.context.ip_address
    return Visit(
        headers={name.lower(): value for name, value in sent.items()},
        repeated=frozenset(name.lower() for name in sent if len(sent.get_all(name)) > 1),
        # Not text in an AppTest, where there is no browser and so no header either.
        peer=peer if isinstance(peer, str) else None,
        has_sign_in=_settings.has_sign_in(),
        trusts_headers=bool(_settings.trusted_headers()),
        is_project=is_project,
        account=None if account is None else account.owner,
        claims=_claims(),
    )


def _claims() -> dict[str, object]:
    user = st.user.to_dict()
    return {name: user[name] for name in _CLAIMS if name in user}


def _default_connection() -> StillroomConnection:
    from ._connection import StillroomConnection

    return st.connection(DEFAULT_NAME, type=StillroomConnection)


def place_of(connection: StillroomConnection | None) -> str:
    """Under which name this tab remembers what it knows of a connection."""
    if connection is None:
        return DEFAULT_NAME
    given = connection._kwargs
    # What makes it another store, or lets another owner in, under one and the same name.
    told = [_arguments.text(one, given[one]) for one in ("url", "identity") if given.get(one)]
    return " ".join([connection._connection_name, *told])
