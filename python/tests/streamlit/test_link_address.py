"""The address of a version: what a link says in it, and where it leads."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

import stillroom
from stillroom.streamlit import _link
from stillroom.streamlit._link import Link, parse

SEAL = "0123456789abcdef"

TEXTS = {
    "plain": Link("train_models", "forecast", 3, SEAL),
    "slashes": Link("a/b", "c/d/4", 1, SEAL),
    "blanks and signs": Link("Train models", "50% ?&#=+;", 12, SEAL),
    "already quoted": Link("a%2Fb", "%", 1, SEAL),
    "other scripts": Link("Prévision", "予測 🜁 תחזית", 1, SEAL),
    "dots": Link("..", ".", 1, SEAL),
    "long": Link("é" * 256, "%" * 512, 10**17, SEAL),
}


@pytest.mark.parametrize("link", TEXTS.values(), ids=TEXTS)
def test_text_of_a_link_is_read_back(link):
    text = link.text()

    assert parse(text) == link
    assert text.isascii()


def test_names_that_differ_have_texts_that_differ():
    texts = {Link(page, key, 1, SEAL).text() for page, key in (("a/b", "c"), ("a", "b/c"))}

    assert len(texts) == 2


BAD = {
    "nothing": "",
    "a word": "forecast",
    "cut off": "p/forecast/3/0123456789abcde",
    "cut off before the seal": "p/forecast/3",
    "one part more": f"p/forecast/3/{SEAL}/x",
    "no page": f"/forecast/3/{SEAL}",
    "no key": f"p//3/{SEAL}",
    "version 0": f"p/forecast/0/{SEAL}",
    "negative version": f"p/forecast/-1/{SEAL}",
    "version with a sign": f"p/forecast/+1/{SEAL}",
    "version with zeros before it": f"p/forecast/03/{SEAL}",
    "version in other digits": f"p/forecast/٣/{SEAL}",
    "version beyond counting": f"p/forecast/{10**30}/{SEAL}",
    "version with a line after it": f"p/forecast/3\n/{SEAL}",
    "seal in capitals": f"p/forecast/3/{SEAL.upper()}",
    "seal with a line after it": f"p/forecast/3/{SEAL}\n",
    "not UTF-8": f"p/%ff/3/{SEAL}",
    "a lone surrogate": f"p/\ud800/3/{SEAL}",
    "quoted where it needn't be": f"%70/forecast/3/{SEAL}",
    "not quoted where it must be": f"p/a b/3/{SEAL}",
    "too long": f"{'p' * 5000}/forecast/3/{SEAL}",
    "an address": "https://example.org/a/b",
    "a path": "/etc/passwd",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_malformed_link_is_none(text):
    assert parse(text) is None


# The address.

ADDRESS = """
import streamlit as st
import stillroom.streamlit as sr
from stillroom.streamlit import _link

page = sr.page("p")
st.text(_link.address(page._tab, "metrics", 2))
st.text(_link.address(page._tab, "metrics", 9))
"""


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with three versions of a result."""
    for number in (1, 2, 3):
        local_store.save("p", "metrics", number)
    return local_store


def read(app) -> str:
    """The first address that the page shows."""
    assert not app.exception, [error.message for error in app.exception]
    return app.text[0].value


def test_address_leads_to_the_version(new_tab, store):
    app = new_tab(ADDRESS)
    app.query_params["hospital"] = ["north & south", "east"]
    app.query_params[_link.PARAMETER] = "another one"
    found = parse_qs(urlsplit(read(app.run())).query)

    (text,) = found.pop(_link.PARAMETER)

    assert found == {"hospital": ["north & south", "east"]}
    assert parse(text) == _link.link_to(store.owner, store.history("p", "metrics")[1])


def test_version_that_is_not_there_has_no_address(new_tab, store):
    app = new_tab(ADDRESS).run()

    assert app.text[1].value == ""


PLACES = {
    "the root": ("http://localhost:8501", "http://localhost:8501/?result="),
    "below a path": ("https://apps.example.org/ed", "https://apps.example.org/ed?result="),
    "no browser": (None, "?result="),
}


@pytest.mark.parametrize(("url", "start"), PLACES.values(), ids=PLACES)
def test_address_is_the_page_s(new_tab, store, monkeypatch, url, start):
    monkeypatch.setattr(type(_link.st.context), "url", url)

    assert read(new_tab(ADDRESS).run()).startswith(f"{start}p/metrics/2/")


def test_store_that_is_away_gives_no_address(new_tab, store, monkeypatch):
    def away(*_, **__):
        raise stillroom.UnavailableError("away")

    monkeypatch.setattr(stillroom.Store, "history", away)

    assert read(new_tab(ADDRESS).run()) == ""
