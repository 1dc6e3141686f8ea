"""The form by which people sign in to the Supabase project that is the store.

What they type goes to the project and is kept nowhere: a password is out of the session
before the page runs. Whatever is wrong with it, one sentence says so, which tells nobody
whether an address has an account.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import streamlit as st

from .._errors import InvalidError, StillroomError, UnavailableError
from .._session import Session
from .._session import send_code as have_code_sent
from .._session import sign_in as signed_in
from .._session import sign_out as end
from . import _access, _dialog_words, _session
from ._account import SignedIn
from ._connection import StillroomConnection
from ._settings import Settings

log = logging.getLogger("stillroom.streamlit")

Ask = Callable[[Settings], Session]
"""Asks the project of these settings to sign somebody in."""


def sign_in(*, conn: StillroomConnection | None = None) -> bool:
    """A form to sign in with, where nobody is signed in in this tab; nothing where somebody is.

    For stores that are a Supabase project. The panel of a page offers the same by its
    button, so an app needs this only where it wants the form on the page itself.

    Parameters
    ----------
    conn : StillroomConnection, optional
        Another connection than ``[connections.results]``.

    Returns
    -------
    bool
        Whether somebody is signed in.

    Raises
    ------
    InvalidError
        The store is no Supabase project, or the configuration is wrong.

    Examples
    --------
    >>> import stillroom.streamlit as sr
    >>> if not sr.sign_in():  # doctest: +SKIP
    ...     st.stop()
    """
    access = _of_project(conn)
    account = _session.store_memory(access.place).account
    if account is not None and not account.is_over:
        return True
    draw(access.connection or conn, f"stillroom-{access.place}-sign-in")
    return False


def sign_out(*, conn: StillroomConnection | None = None) -> None:
    """End the sign-in of this tab, for an ``on_click``; nothing where nobody is signed in.

    What was theirs leaves the tab when the page runs.

    Parameters
    ----------
    conn : StillroomConnection, optional
        Another connection than ``[connections.results]``.

    Raises
    ------
    InvalidError
        The store is no Supabase project, or the configuration is wrong.
    """
    access = _of_project(conn)
    memory = _session.store_memory(access.place)
    account, memory.account = memory.account, None
    if account is None:
        return
    try:
        end(_access.connected(conn)._chosen.key, account.session)
    except StillroomError as error:
        # The tab has forgotten it; at the project it ends with its time.
        log.warning("sign-in was ended in the app, and not at the project: %s", error)


def draw(
    connection: StillroomConnection | None, key: str, *, done: Callable[[], None] | None = None
) -> None:
    """The form; `key` tells its elements from any other's, `done` is called once somebody is in."""
    settings = _access.connected(connection)._chosen
    place = _access.place_of(connection)
    memory = _session.store_memory(place).signing_in
    if memory.says:
        st.warning(memory.says)
    by_password, by_code = st.tabs([_dialog_words.BY_PASSWORD, _dialog_words.BY_CODE])
    finish = partial(_finish, settings, place, done)
    with by_password:
        _draw_password(key, finish)
    with by_code:
        if memory.code_sent_to:
            _draw_code(key, memory.code_sent_to, finish)
        else:
            _draw_address(key, partial(_send_code, settings, place))


def _draw_password(key: str, finish: Callable[[Ask], None]) -> None:
    email, password = f"{key}-email", f"{key}-password"
    with st.form(f"{key}-by-password", clear_on_submit=True, border=False):
        st.text_input(_dialog_words.EMAIL, key=email, autocomplete="username")
        st.text_input(
            _dialog_words.PASSWORD, key=password, type="password", autocomplete="current-password"
        )
        st.form_submit_button(
            _dialog_words.SIGN_IN_BUTTON,
            type="primary",
            on_click=_by_password,
            args=(email, password, finish),
        )


def _draw_address(key: str, send: Callable[[str], None]) -> None:
    email = f"{key}-code-email"
    with st.form(f"{key}-send-code", clear_on_submit=True, border=False):
        st.text_input(_dialog_words.EMAIL, key=email, autocomplete="email")
        st.form_submit_button(
            _dialog_words.SEND_CODE, type="primary", on_click=lambda: send(_taken(email).strip())
        )


def _draw_code(key: str, sent_to: str, finish: Callable[[Ask], None]) -> None:
    code = f"{key}-code"
    st.caption(_dialog_words.code_sent(sent_to))
    with st.form(f"{key}-by-code", clear_on_submit=True, border=False):
        st.text_input(_dialog_words.CODE, key=code, autocomplete="one-time-code")
        st.form_submit_button(
            _dialog_words.SIGN_IN_BUTTON,
            type="primary",
            on_click=_by_code,
            args=(sent_to, code, finish),
        )


def _by_password(email: str, password: str, finish: Callable[[Ask], None]) -> None:
    address, secret = _taken(email).strip(), _taken(password)
    finish(lambda at: signed_in(at.url, at.key, address, password=secret))


def _by_code(sent_to: str, code: str, finish: Callable[[Ask], None]) -> None:
    digits = _taken(code).strip()
    finish(lambda at: signed_in(at.url, at.key, sent_to, code=digits))


def _taken(key: str) -> str:
    """What was typed, which the session has no longer."""
    return str(st.session_state.pop(key, "") or "")


def _send_code(settings: Settings, place: str, email: str) -> None:
    memory = _session.store_memory(place).signing_in
    memory.says = ""
    try:
        have_code_sent(settings.url, settings.key, email)
    except UnavailableError as error:
        log.warning("no code was sent: %s", error)
        memory.says = _dialog_words.SIGN_IN_AWAY
        return
    except StillroomError as error:
        # It may be that there is no such account, and that is nobody's to know.
        log.warning("no code was sent: %s", error)
    memory.code_sent_to = email


def _finish(settings: Settings, place: str, done: Callable[[], None] | None, ask: Ask) -> None:
    """Sign somebody in, or note why it did not go well."""
    memory = _session.store_memory(place)
    memory.signing_in.says = ""
    try:
        session = ask(settings)
    except StillroomError as error:
        log.warning("nobody was signed in: %s", error)
        is_away = isinstance(error, UnavailableError)
        memory.signing_in.says = (
            _dialog_words.SIGN_IN_AWAY if is_away else _dialog_words.SIGN_IN_FAILED
        )
        return
    memory.account = SignedIn(session)
    memory.signing_in.code_sent_to = ""
    for page in memory.pages.values():
        # What failed for want of a sign-in is tried again.
        page.trouble = None
        page.forget_listing()
        page.wants_rerun = True
    if done is not None:
        done()


def _of_project(conn: StillroomConnection | None) -> _access.Access:
    access = _access.ask(conn)
    if not access.is_project:
        raise InvalidError(
            "people sign in here where the store is a Supabase project; "
            'set url = "https://<ref>.supabase.co" under [connections.results]'
        )
    return access
