"""Results of people who sign in to a Supabase project, played by the stand-in over a real PostgreSQL."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stand_in
import throwaway
from playwright.sync_api import Page, expect
from streamlit_server import Server

import stillroom

APP = Path(__file__).parent / "apps" / "project"
ANA, ADA = "ana@example.org", "ada@example.org"
PASSWORD = "a password of theirs"
NOTHING = ["none", "0"]
TRAINED = ["210.5", "2"]
FAILED = "That didn't work. Check what you typed, and try again."
OF_A_TOKEN = "eyJ"
"""How every access token begins."""


@pytest.fixture(scope="module")
def database() -> Iterator[throwaway.Server]:
    with throwaway.server(15) as server:
        yield server


@pytest.fixture
def project(
    database: throwaway.Server, request: pytest.FixtureRequest
) -> Iterator[stand_in.StandIn]:
    name = f"of_{abs(hash(request.node.name))}"
    database.create(name)
    database.migrate(name)
    with stand_in.project(database, name, **getattr(request, "param", {})) as running:
        for email in (ANA, ADA):
            running.tell(create_user=email, password=PASSWORD)
        yield running


@pytest.fixture
def start(
    copy_of: Callable[[Path], Path], serve: Callable[..., Server], project: stand_in.StandIn
) -> Callable[..., Server]:
    """Starts the app, set up for the project, with this Streamlit or another."""
    folder = copy_of(APP)
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f'[connections.results]\nurl = "{project.url}"\nkey = "{project.publishable_key}"\n'
    )
    return lambda python=None: serve(folder / "app.py", python=python)


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start()


def test_results_follow_whoever_signs_in_and_nobody_else(start, streamlit_of, project, new_browser):
    server = start(streamlit_of)
    ana, ada = open_app(new_browser, server), open_app(new_browser, server)
    sign_in(ana, ANA)
    sign_in(ada, ADA)
    train(ana)
    expect(ana.get_by_text("All 2 results saved")).to_be_visible()

    # A reload is a new tab to Streamlit, and tokens lie in the old one alone.
    ana.reload()
    expect(metrics(ana)).to_have_text(NOTHING)
    sign_in(ana, ANA)
    expect(metrics(ana)).to_have_text(TRAINED)
    expect(ada.get_by_text("Saved results")).to_be_visible()
    expect(metrics(ada)).to_have_text(NOTHING)

    assert kept(project, ANA) == ["forecast", "residuals"]
    assert kept(project, ADA) == []
    for secret in (OF_A_TOKEN, PASSWORD):
        assert secret not in "".join(server.lines)
        assert all(secret not in page.content() + page.url for page in (ana, ada))


def test_what_was_computed_signed_out_can_be_saved_afterwards(server, project, new_browser):
    browser = open_app(new_browser, server)
    train(browser)

    sign_in(browser, ANA)

    expect(metrics(browser)).to_have_text(TRAINED)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()
    assert kept(project, ANA) == ["forecast", "residuals"]


def test_another_person_in_the_same_tab_sees_nothing_of_the_first(server, project, new_browser):
    browser = open_app(new_browser, server)
    sign_in(browser, ANA)
    train(browser)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()

    browser.get_by_role("button", name="Sign out").click()
    expect(metrics(browser)).to_have_text(NOTHING)
    sign_in(browser, ADA)

    expect(metrics(browser)).to_have_text(NOTHING)
    assert kept(project, ADA) == []


def test_wrong_password_and_no_account_are_the_same_sentence(server, new_browser):
    browser = open_app(new_browser, server)
    browser.get_by_role("button", name="Sign in").click()
    for email in (ANA, "nobody@example.org"):
        fill_in(browser, email, "not the password")
        expect(browser.get_by_role("dialog").get_by_text(FAILED)).to_be_visible()
        # Nothing that was typed is kept.
        for name in ("E-mail", "Password"):
            expect(browser.get_by_role("textbox", name=name).first).to_have_value("")


def test_code_signs_in_too(start, streamlit_of, project, new_browser):
    server = start(streamlit_of)
    browser = open_app(new_browser, server)
    browser.get_by_role("button", name="Sign in").click()
    dialog = browser.get_by_role("dialog")
    dialog.get_by_role("tab", name="Code by e-mail").click()
    dialog.get_by_role("textbox", name="E-mail").last.fill(ANA)
    dialog.get_by_role("button", name="Send a code").click()
    expect(dialog.get_by_text("has an account here, a code is on its way")).to_be_visible()

    dialog.get_by_role("tab", name="Code by e-mail").click()
    dialog.get_by_role("textbox", name="Code").fill(project.tell(code_of=ANA))
    dialog.get_by_role("button", name="Sign in").last.click()

    expect(browser.get_by_role("dialog")).to_have_count(0)
    train(browser)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()


@pytest.mark.parametrize(
    "project",
    [
        pytest.param({}, id="in the middle of a run"),
        # Shorter than a token is let grow old: the page finds it out when it opens.
        pytest.param({"token_seconds": 30}, id="between two runs"),
    ],
    indirect=True,
)
def test_sign_in_that_is_over_keeps_the_tab_and_is_asked_for_again(server, project, new_browser):
    browser = open_app(new_browser, server)
    sign_in(browser, ANA)
    train(browser)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()

    # Signed out everywhere, and two hours later.
    sign_out_everywhere(project, ANA)
    project.tell(clock_offset=7200)
    browser.get_by_role("button", name="Train").click()
    expect(browser.get_by_text("Your sign-in has expired.")).to_be_visible()
    expect(metrics(browser)).to_have_text(TRAINED)
    sign_in(browser, ANA)

    expect(browser.get_by_text("All 2 results saved")).to_be_visible()
    expect(metrics(browser)).to_have_text(TRAINED)


def open_app(new_browser: Callable[..., Page], server: Server) -> Page:
    page = new_browser()
    page.goto(server.address)
    expect(page.get_by_text("Sign in to keep your results between visits.")).to_be_visible()
    return page


def fill_in(page: Page, email: str, password: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="E-mail").first.fill(email)
    dialog.get_by_role("textbox", name="Password").fill(password)
    dialog.get_by_role("button", name="Sign in").first.click()


def sign_in(page: Page, email: str) -> None:
    """Sign in by the panel's own button."""
    page.get_by_role("button", name="Sign in").click()
    fill_in(page, email, PASSWORD)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)


def train(page: Page) -> None:
    page.get_by_role("button", name="Train").click()
    expect(metrics(page)).to_have_text(TRAINED)


def metrics(page: Page):
    return page.get_by_test_id("stMetricValue")


def kept(project: stand_in.StandIn, email: str) -> list[str]:
    """The keys that the project has for somebody."""
    session = stillroom.sign_in(project.url, project.publishable_key, email, password=PASSWORD)
    with stillroom.open(project.url, key=project.publishable_key, session=session) as store:
        return sorted(record.key for record in store.results())


def sign_out_everywhere(project: stand_in.StandIn, email: str) -> None:
    session = stillroom.sign_in(project.url, project.publishable_key, email, password=PASSWORD)
    asked = urllib.request.Request(
        f"{project.url}/auth/v1/logout?scope=global",
        method="POST",
        headers={
            "apikey": project.publishable_key,
            "Authorization": f"Bearer {session.access_token}",
        },
    )
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 204
