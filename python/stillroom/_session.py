"""Who signed in to a Supabase project: a plain value, and how one is got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from . import _arguments, _core
from ._errors import InvalidError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Session:
    """Who signed in, and what proves it. Whoever holds it is them, so keep it as you would a password.

    It is a plain value that fits into ``st.session_state``. A store that uses one renews
    it; then `Store.session` has the next, and this one's tokens are good no longer.

    Attributes
    ----------
    url : str
        The project.
    owner : str
        Whose results these are: the user's id.
    is_anonymous : bool
        Whether they never said who they are.
    access_token, refresh_token : str
        What proves it, and what the next is got by, once. They show in no `repr`.
    expires_at : datetime
        When the access token is over, in UTC, as this computer's clock goes.
    """

    url: str
    owner: str
    is_anonymous: bool
    access_token: str
    refresh_token: str
    expires_at: datetime

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        return cls(**facts | {"expires_at": _EPOCH + facts["expires_at"] * _MICROSECOND})

    def to_dict(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "owner": self.owner,
            "is_anonymous": self.is_anonymous,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": (self.expires_at - _EPOCH) // _MICROSECOND,
        }

    def __repr__(self) -> str:
        # The generated one would print the tokens.
        return f"<Session of {self.owner} at {self.url}>"


def check(session: object) -> dict[str, Any]:
    """A session as the extension takes it."""
    if not isinstance(session, Session):
        raise InvalidError(
            f"session is what stillroom.sign_in gave, not of {type(session).__name__}"
        )
    return session.to_dict()


def sign_in(
    url: str | None,
    key: str | None,
    email: str,
    *,
    password: str | None = None,
    code: str | None = None,
) -> Session:
    """Sign somebody in to a Supabase project. Nothing of it is kept here.

    Parameters
    ----------
    url, key : str or None
        The project's URL and its publishable key; None for ``$STILLROOM_URL`` and
        ``$STILLROOM_KEY``.
    email : str
        Whose account.
    password : str, optional
        Its password.
    code : str, optional
        Instead of it, the code that `send_code` had sent.

    Returns
    -------
    Session
        For ``stillroom.open(url, key=key, session=session)`` or `Store.as_session`.

    Raises
    ------
    UnauthenticatedError
        Wrong e-mail address, password or code; it is not said which.
    InvalidError
        The URL or key is none of an app's, or neither a password nor a code was given.
    DeniedError
        The project signs nobody in this way.
    UnavailableError
        The project can't be reached, is paused or was asked too often.
    """
    return Session.from_dict(
        _core.sign_in(
            _arguments.optional_text("url", url),
            _arguments.optional_text("key", key),
            _arguments.text("email", email),
            _arguments.optional_text("password", password),
            _arguments.optional_text("code", code),
        )
    )


def send_code(url: str | None, key: str | None, email: str, *, may_sign_up: bool = False) -> None:
    """Have a code sent to an account's e-mail address, to sign in with.

    Parameters
    ----------
    url, key, email
        As for `sign_in`.
    may_sign_up : bool, default False
        Whether an address without an account gets one.

    Raises
    ------
    DeniedError
        The project sends no codes, or the address has no account.
    UnavailableError
        The project can't be reached, is paused or was asked too often.
    """
    _core.send_code(
        _arguments.optional_text("url", url),
        _arguments.optional_text("key", key),
        _arguments.text("email", email),
        may_sign_up,
    )


def sign_out(key: str | None, session: Session) -> None:
    """End a session: it can't be renewed any more.

    Parameters
    ----------
    key : str or None
        The project's publishable key; None for ``$STILLROOM_KEY``.
    session : Session
        The newest one, as `Store.session` has it.

    Raises
    ------
    UnavailableError
        The project can't be reached.
    """
    _core.sign_out(_arguments.optional_text("key", key), check(session))
