"""Apps run in tabs: one `AppTest` is one browser tab, with a visitor of its choice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import older_apptest
import pytest
import streamlit as st
from dialogs import PREVIEWED, open_dialog
from streamlit import config, user_info
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest

import stillroom
from stillroom.streamlit import _recipe, _session, _widgets, _work

PATIENCE = 60
HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}

older_apptest.mend()


@pytest.fixture
def option(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """`option(name, value)`: what Streamlit's configuration says from now on."""
    real, said = config.get_option, {}
    monkeypatch.setattr(config, "get_option", lambda name: said.get(name) or real(name))
    monkeypatch.setattr(st, "get_option", config.get_option)
    return said.__setitem__


@pytest.fixture(autouse=True)
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: Callable[[str, object], None]
) -> Path:
    """A project of its own, in a server that has just started, without secrets."""
    (tmp_path / ".streamlit").mkdir()
    monkeypatch.chdir(tmp_path)
    secrets = str(tmp_path / ".streamlit" / "secrets.toml")
    option("secrets.files", [secrets])
    st.secrets._reset()
    restart()
    return tmp_path


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves and loads are short here, however busy the machine is; `saves` and `loads` hold them up."""
    monkeypatch.setattr(_work.Work, "patience", PATIENCE)


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`visitor(headers, peer)`: from now on requests look like this; first like the person here."""

    def becomes(
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = HERE,
        peer: str | None = "127.0.0.1",
    ) -> None:
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        seen = SimpleNamespace(headers=list(pairs), cookies={}, remote_ip=peer)
        monkeypatch.setattr(context, "_get_client_context", lambda: seen)

    becomes()
    return becomes


@pytest.fixture
def somebody_else(visitor: Callable[..., None]) -> Callable[[], None]:
    """Makes the next requests those of a visitor of an app that isn't set up."""
    return lambda: visitor(
        {"Host": "app.example.org", "Origin": "https://app.example.org"}, "10.0.0.7"
    )


@pytest.fixture
def secrets(project: Path) -> Callable[[str], None]:
    """`secrets(toml)`: what is in secrets.toml from now on."""

    def write(text: str) -> None:
        (project / ".streamlit" / "secrets.toml").write_text(text)
        st.secrets._reset()
        restart()

    return write


AUTH = """
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "x"
client_id = "x"
client_secret = "x"
server_metadata_url = "https://id.example.org/.well-known/openid-configuration"
"""


@pytest.fixture
def signs_in(
    secrets: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """`signs_in(claims)`: the app has `[auth]`, and these are the claims from now on.

    None is nobody. `AppTest.user` would do the same, but isn't in the oldest Streamlit.
    """

    def becomes(claims: Mapping[str, object] | None) -> None:
        user = {"is_logged_in": False} if claims is None else dict(claims)
        monkeypatch.setattr(user_info, "_get_user_info", user.copy)
        if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
            secrets(AUTH)

    return becomes


@pytest.fixture
def local_store() -> stillroom.Store:
    """The store that an app of this project uses, for its local owner."""
    return stillroom.open()


@pytest.fixture
def new_tab() -> Callable[..., AppTest]:
    """`new_tab(script, **session)`: an app in a new browser tab, not run yet."""

    def open_tab(script: str, **session: object) -> AppTest:
        app = AppTest.from_string(script, default_timeout=PATIENCE)
        for key, value in session.items():
            app.session_state[key] = value
        return app

    return open_tab


def restart() -> None:
    """Forget what a server process knows, as a new one would."""
    st.cache_resource.clear()
    _recipe._declared.clear()
    _widgets._learnt.clear()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`later(seconds)`: moves the clock that listings and retries go by."""
    real, ahead = time.monotonic, [0.0]
    monkeypatch.setattr(_session, "monotonic", lambda: real() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


@pytest.fixture
def restarted() -> Callable[[], None]:
    """`restarted()`: the server is another process from now on."""
    return restart


@pytest.fixture
def damage(project: Path, run_python: Callable[..., str]) -> Callable[[int], None]:
    """`damage(version)`: the record of that version is damaged from now on."""
    # In a process of its own: two copies of SQLite in one don't see each other's locks.
    script = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as catalog:
    catalog.execute("UPDATE versions SET kind = 'x' WHERE version = ?", [sys.argv[2]])
"""
    catalog = str(project / ".stillroom" / "catalog.sqlite")
    return lambda version: run_python(script, catalog, str(version))


@pytest.fixture
def buttons(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict]:
    """What each download button of the last runs was given, by its label."""
    real: Callable[..., bool] = st.download_button
    given: dict[str, dict] = {}

    def noted(label: str, **options: object) -> bool:
        given[label] = options
        return real(label, **options)

    monkeypatch.setattr(st, "download_button", noted)
    return given


@pytest.fixture
def preview(
    new_tab: Callable[..., AppTest], local_store: stillroom.Store
) -> Callable[[object], AppTest]:
    """`preview(value)`: a tab that shows the preview of it."""

    def opens(value: object) -> AppTest:
        local_store.save("p", "result", value)
        app = new_tab(PREVIEWED).run()
        open_dialog(app, "result", "Preview")
        return app

    return opens


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is loaded from now on, by page and key; sets of results can't be."""
    load, seen = stillroom.Store.load, []

    def counted(self: stillroom.Store, page: str, key: str, **options: object) -> object:
        seen.append((page, key))
        return load(self, page, key, **options)

    monkeypatch.setattr(stillroom.Store, "load", counted)
    monkeypatch.setattr(stillroom.Store, "load_page", None)
    return seen
