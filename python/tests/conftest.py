"""Stores for tests, each in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from environment import MISSING
from fingerprint import fingerprint

DEBUG_BUILD = "stillroom is a debug build"
# For the processes that tests start, and for this one, should the build be a debug one.
os.environ["PYTHONWARNINGS"] = f"ignore:{DEBUG_BUILD}"
warnings.filterwarnings("ignore", message=DEBUG_BUILD)

import stillroom  # noqa: E402  (after the filter)

collect_ignore = MISSING


@pytest.fixture(autouse=True)
def no_store_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keeps a test away from the store and the cache of whoever runs it."""
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("STILLROOM_URL", raising=False)
    monkeypatch.delenv("STILLROOM_KEY", raising=False)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """The folder of `store` and `signed_store`."""
    return tmp_path / "store"


@pytest.fixture
def store(store_path: Path) -> Iterator[stillroom.Store]:
    """A local store without a signing key: nothing can pass by way of pickle."""
    with stillroom.open(store_path, signing_key=[]) as opened:
        yield opened


@pytest.fixture
def signed_store(store_path: Path) -> Iterator[stillroom.Store]:
    """A local store with the key it made for itself."""
    with stillroom.open(store_path) as opened:
        yield opened


@pytest.fixture
def store_bytes() -> Callable[[Path], dict[str, str]]:
    """`store_bytes(store_path)`: digests of all there is, to compare before and after."""
    return fingerprint


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Runs a script in a new interpreter and gives what it printed; one that hangs is a failure."""

    def run(script: str, *arguments: str, **options) -> str:
        command = [sys.executable, "-c", script, *arguments]
        limits = {"timeout": 300, **options}
        done = subprocess.run(command, capture_output=True, text=True, check=False, **limits)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
