"""A real Chromium, a temporary copy of an app, and servers that end with the test."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from chromium import launch
from demo_pages import train_in
from playwright.sync_api import Browser, Page, expect, sync_playwright
from streamlit_server import PATIENCE, Server

OLDEST = "STILLROOM_OLDEST_STREAMLIT"
WIDE, HIGH = 1280, 800
# A store left by somebody trying an example must not come along.
_LEFT_OUT = shutil.ignore_patterns(".stillroom", "__pycache__")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except FileNotFoundError as error:
            pytest.fail(str(error), pytrace=False)
        yield browser
        browser.close()


@pytest.fixture
def new_browser(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page that shares nothing with any other: no cookie, no session.

    Every request of it carries the `headers` that it is opened with. The rest is
    what a person's screen and settings are like: dark, that many pixels wide, in
    that time zone (`America/Santiago`) and language (`de-DE`).
    """
    contexts = []

    def open_page(
        headers: Mapping[str, str] | None = None,
        *,
        dark: bool = False,
        width: int | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Page:
        context = chromium.new_context(
            extra_http_headers=headers,
            color_scheme="dark" if dark else "light",
            viewport={"width": width or WIDE, "height": HIGH},
            timezone_id=timezone,
            locale=locale,
        )
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def examples() -> Path:
    return Path(__file__).parents[3] / "examples"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `streamlit run` on a script; every server is killed with the test.

    With this Python, or with `python`, which has another Streamlit.
    """
    servers = []

    def start(script: Path, *options: str, python: str | None = None) -> Server:
        servers.append(Server(script, home=tmp_path, options=options, python=python))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="module", params=["newest", "oldest"])
def streamlit_of(request: pytest.FixtureRequest) -> str:
    """The Python to `serve` with: a test that asks for it holds with either Streamlit."""
    if request.param == "newest":
        return sys.executable
    python = os.environ.get(OLDEST)
    assert python, f"say in {OLDEST} where a python with the oldest Streamlit is; make test does"
    return python


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of an app's folder, so that its store is a new one in there."""

    def copy(folder: Path) -> Path:
        return shutil.copytree(folder, tmp_path / folder.name, ignore=_LEFT_OUT)

    return copy


@pytest.fixture
def demo(copy_of: Callable[[Path], Path], examples: Path) -> Path:
    """The folder of the demo, where nothing is kept yet."""
    return copy_of(examples / "ed_arrivals")


@pytest.fixture(scope="session")
def training_of_the_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which the demo has trained once; made once, and only ever copied."""
    home = tmp_path_factory.mktemp("training")
    folder = home / "ed_arrivals"
    examples = Path(__file__).parents[3] / "examples"
    shutil.copytree(examples / "ed_arrivals", folder, ignore=_LEFT_OUT)
    train_in(folder, home)
    return folder / ".stillroom"


@pytest.fixture
def trained_demo(demo: Path, training_of_the_demo: Path) -> Path:
    """The folder of the demo after a training, which the owner of its store may see."""
    shutil.copytree(training_of_the_demo, demo / ".stillroom")
    return demo
