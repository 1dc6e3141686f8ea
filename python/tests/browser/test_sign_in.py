"""Results of people whom a provider or a proxy names.

The provider runs on this computer, and people sign in there for real. The proxy is the
browser itself, which adds the header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fingerprint import fingerprint
from oidc_provider import PEOPLE, Provider
from playwright.sync_api import Page, expect
from streamlit_server import Server

import stillroom
from stillroom.streamlit import _owner

APP = Path(__file__).parent / "apps" / "signed_in"
NOTHING = ["none", "0"]
TRAINED = ["210.5", "2"]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def folder(copy_of: Callable[[Path], Path], provider: Provider) -> Path:
    """The app, set up to sign people in at the provider."""
    return with_secrets(copy_of(APP), provider.secrets_toml())


@pytest.fixture
def server(folder: Path, serve: Callable[..., Server]) -> Server:
    return serve(folder / "app.py")


def test_signed_out_keeps_values_in_the_tab_alone(folder, server, new_browser):
    visitor = open_app(new_browser, server)
    train(visitor)

    expect(visitor.get_by_text("Sign in to keep your results between visits.")).to_be_visible()
    assert not (folder / ".stillroom").exists()


def test_results_come_back_to_whoever_signs_in(folder, server, new_browser):
    browser = open_app(new_browser, server)
    sign_in(browser, "Ana")
    train(browser)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()

    browser.reload()
    expect(metrics(browser)).to_have_text(TRAINED)
    another = open_app(new_browser, server)
    sign_in(another, "Ana")

    expect(metrics(another)).to_have_text(TRAINED)


def test_another_person_in_the_same_browser_sees_nothing_of_the_first(
    folder, serve, streamlit_of, provider, new_browser
):
    server = serve(folder / "app.py", python=streamlit_of)
    browser = open_app(new_browser, server)
    sign_in(browser, "Ana")
    train(browser)
    expect(browser.get_by_text("All 2 results saved")).to_be_visible()
    before = fingerprint(folder / ".stillroom")

    sign_out(browser)
    expect(metrics(browser)).to_have_text(NOTHING)
    sign_in(browser, "Ada")
    expect(metrics(browser)).to_have_text(NOTHING)
    expect(browser.get_by_text("Saved results")).to_be_visible()
    assert fingerprint(folder / ".stillroom") == before
    sign_out(browser)
    sign_in(browser, "Ana")

    expect(metrics(browser)).to_have_text(TRAINED)
    assert owned(folder, provider, "Ana") == ["forecast", "residuals"]
    assert owned(folder, provider, "Ada") == []


def test_what_was_computed_signed_out_does_not_come_along(folder, server, provider, new_browser):
    # Streamlit starts another session when it comes back from the provider.
    browser = open_app(new_browser, server)
    train(browser)

    sign_in(browser, "Ana")

    expect(metrics(browser)).to_have_text(NOTHING)
    assert owned(folder, provider, "Ana") == []


def test_two_people_at_once_have_results_of_their_own(folder, server, provider, new_browser):
    ana, ada = open_app(new_browser, server), open_app(new_browser, server)
    sign_in(ana, "Ana")
    sign_in(ada, "Ada")

    train(ana)
    expect(ana.get_by_text("All 2 results saved")).to_be_visible()
    ada.reload()

    expect(ada.get_by_text("You are Ada.")).to_be_visible()
    expect(metrics(ada)).to_have_text(NOTHING)
    assert owned(folder, provider, "Ada") == []


def test_people_whom_a_proxy_names_have_results_of_their_own(copy_of, serve, new_browser):
    toml = '[connections.results]\nidentity = "header:X-User"'
    folder = with_secrets(copy_of(APP.parent / "strangers"), toml)
    server = serve(folder / "app.py")
    visitors = {
        name: new_browser({} if name is None else {"X-User": name}) for name in (None, "ana", "ada")
    }
    for visitor in visitors.values():
        visitor.goto(server.address)
        expect(metrics(visitor)).to_have_text(NOTHING)

    for name in (None, "ana"):
        train(visitors[name])
    for visitor in visitors.values():
        visitor.reload()

    expect(metrics(visitors["ana"])).to_have_text(TRAINED)
    expect(metrics(visitors["ada"])).to_have_text(NOTHING)
    expect(metrics(visitors[None])).to_have_text(NOTHING)
    server.wait_for_line("header `x-user` is missing")


def with_secrets(folder: Path, toml: str) -> Path:
    (folder / ".streamlit").mkdir(exist_ok=True)
    (folder / ".streamlit" / "secrets.toml").write_text(toml)
    return folder


def open_app(new_browser: Callable[..., Page], server: Server) -> Page:
    page = new_browser()
    page.goto(server.address)
    expect(page.get_by_text("You are nobody.")).to_be_visible()
    return page


def sign_in(page: Page, name: str) -> None:
    """Sign in by the panel's own button."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=f"Sign in as {name}").click()
    expect(page.get_by_text(f"You are {name}.")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are nobody.")).to_be_visible()


def train(page: Page) -> None:
    page.get_by_role("button", name="Train").click()
    expect(metrics(page)).to_have_text(TRAINED)


def metrics(page: Page):
    return page.get_by_test_id("stMetricValue")


def owned(folder: Path, provider: Provider, name: str) -> list[str]:
    """The keys that the store on the disk has for somebody."""
    owner = _owner.of_sign_in({"iss": provider.issuer, "sub": PEOPLE[name]})
    with stillroom.open(folder / ".stillroom") as store:
        return sorted(record.key for record in store.as_owner(owner).results())
