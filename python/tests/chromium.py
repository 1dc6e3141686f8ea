"""The Chromium that visits pages for tests and takes the pictures of the documents."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright
from streamlit_server import PUBLIC_NAME

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The first two are what a root user without a display needs; the rest keep the
# browser from making requests of its own.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # For visits that ask for the server by another name than this computer's own.
    f"--host-resolver-rules=MAP {PUBLIC_NAME} 127.0.0.1",
]


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start the Chromium that is on the path, with `more` flags."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise FileNotFoundError("no Chromium on the path; run: apt-get install -y chromium")
    return playwright.chromium.launch(executable_path=found, args=[*_FLAGS, *more])
