"""Who signed in in this tab to the Supabase project that is the store.

Their tokens lie in the tab's session and nowhere else: not on the connection, which all
sessions share, and in no log. One store per tab keeps them fresh, so that no two refresh
at once: a refresh token is good once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _core
from .._errors import InvalidError, StillroomError, UnauthenticatedError
from .._session import Session
from .._store import Store
from ._settings import Settings

if TYPE_CHECKING:
    from ._access import Access


class SignedIn:
    """Somebody's session, and the store that is in it. Pickled, it is the session alone."""

    __slots__ = ("_session", "_store", "is_over")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_over = False
        """Whether they have to sign in again. What the tab holds of theirs stays."""
        self._store: Store | None = None

    @property
    def owner(self) -> str:
        """Whose account it is."""
        return self._session.owner

    @property
    def session(self) -> Session:
        """The session as it is now."""
        found = None if self._store is None else self._store.session()
        return self._session if found is None else found

    def store_of(self, opened: Store) -> Store:
        """The store that is in the session, made of the open one where there is none yet."""
        if self._store is None or self._store.location != opened.location:
            self._store = opened.as_session(self.session)
        return self._store

    def renew(self, opened: Store) -> None:
        """Find out whether they are signed in still; asks the project when a token is nearly over."""
        try:
            self.store_of(opened)._core.renew()
        except UnauthenticatedError:
            self.is_over = True
        except StillroomError:
            # Whatever is asked next hears of it too, and says it where it is said.
            return

    def __reduce__(self) -> tuple[type[SignedIn], tuple[Session]]:
        return (SignedIn, (self.session,))

    def __repr__(self) -> str:
        return f"<SignedIn {self.owner}>"


def is_project(settings: Settings) -> bool:
    """Whether the store of these settings is a Supabase project; the store isn't opened."""
    return _core.is_project(settings.url)


def ends(access: Access, error: BaseException) -> bool:
    """Whether an error means that whoever was signed in has to sign in again; noted then."""
    if access.account is None or not isinstance(error, UnauthenticatedError):
        return False
    access.account.is_over = True
    return True


def check(settings: Settings) -> None:
    """Make sure that a project, and nothing else, tells its own users apart.

    Raises
    ------
    InvalidError
        Another identity is chosen for a project, or a project's for another store.
    """
    chosen = settings.identity
    if chosen is None or (chosen == "supabase") is is_project(settings):
        return
    if chosen == "supabase":
        raise InvalidError(
            'identity = "supabase" is for a Supabase project; set url = "https://<ref>.supabase.co"'
        )
    raise InvalidError(
        "the store is a Supabase project, whose users sign in to it; take "
        f'identity = "{chosen}" away'
    )
