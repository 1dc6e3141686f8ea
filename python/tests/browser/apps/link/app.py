"""Two pages that count; each shows the address of its first version."""

import streamlit as st

import stillroom.streamlit as sr
from stillroom.streamlit import _link


def counts(name: str) -> None:
    """A page whose result can be computed again, and one link to it."""
    page = sr.page(name)
    if st.button("Compute"):
        page["count"] = page.get("count", 0) + 1
    st.metric("Count", page.get("count", 0))
    st.text(_link.address(page._tab, "count", 1))
    page.panel()


def first() -> None:
    """The page at the app's own address."""
    counts("first")


def second() -> None:
    """A page with a path of its own."""
    counts("second")


st.navigation([st.Page(first, default=True), st.Page(second, url_path="second")]).run()
