"""The form to sign in to a Supabase project with: whom it asks, and what it leaves behind."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from stillroom import Session, UnauthenticatedError
from stillroom.streamlit import _account, _dialog_words, _session, _signing_in

KEY = "sb_publishable_abcdefghijklmnopqrst_12345678"
FIRST, SECOND = (f"https://{letter * 20}.supabase.co" for letter in "ab")
APP = f"""
import streamlit as st
import stillroom.streamlit as sr

other = st.connection("other", type=sr.StillroomConnection, url="{SECOND}", key="{KEY}")
page = sr.page("p", conn=other)
page.panel()
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, secrets) -> list[tuple[object, ...]]:
    """What projects were asked; they know nobody. `results` is another than the page's."""
    secrets(f'[connections.results]\nurl = "{FIRST}"\nkey = "{KEY}"\n')
    calls: list[tuple[object, ...]] = []

    def nobody(*asked: object, **by: object) -> None:
        calls.append((*asked, by))
        raise UnauthenticatedError("wrong e-mail address or password")

    monkeypatch.setattr(_signing_in, "signed_in", nobody)
    return calls


def test_form_of_a_panel_asks_the_project_of_its_page(new_tab, asked):
    app = new_tab(APP).run()
    click(app, "Sign in")

    fill_in(app)

    assert asked == [(SECOND, KEY, "ana@example.org", {"password": " with a space "})]
    assert _dialog_words.SIGN_IN_FAILED in [one.value for one in app.warning]
    assert "with a space" not in repr(app.session_state)


@pytest.mark.parametrize(("is_over", "count"), [(False, 0), (True, 3)])
def test_form_is_there_again_when_a_sign_in_is_over(new_tab, asked, is_over, count):
    account = _account.SignedIn(
        Session(
            url=FIRST,
            owner="00000000-0000-4000-8000-000000000001",
            is_anonymous=False,
            access_token="hunter2",
            refresh_token="hunter3",
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
    )
    account.is_over = is_over
    app = new_tab("import stillroom.streamlit as sr\nsr.sign_in()\n").run()
    assert len(app.text_input) == 3
    app.session_state[_session.KEY]["results"].account = account

    app.run()

    assert not app.exception
    assert len(app.text_input) == count
    assert "hunter" not in repr(account)
    assert pickle.loads(pickle.dumps(account)).session == account.session


def click(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception, [error.message for error in app.exception]


def fill_in(app: AppTest) -> None:
    email, password, _ = app.text_input
    email.input(" ana@example.org ")
    password.input(" with a space ")
    next(one for one in reversed(app.button) if one.label == "Sign in").click().run()
    assert not app.exception, [error.message for error in app.exception]
