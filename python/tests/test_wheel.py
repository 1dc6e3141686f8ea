"""The wheel in an environment with nothing else: what `make wheel` leaves in `dist`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

DIST = Path(__file__).parents[2] / "dist"
KEEP = """
import stillroom
with stillroom.open("store") as store:
    store.save("train_models", "rmse", 1.25)
    store.save("train_models", "rmse", 1.21, label="wider lags")
"""
# What is asked, the exit code, and what the answer says.
ASKED = {
    "alone": ([], 0, "train_models"),
    "ls": (["ls"], 0, "float"),
    "show": (["show", "train_models", "rmse"], 0, "1.21"),
    "history": (["history", "train_models", "rmse"], 0, "wider lags"),
    "usage": (["usage"], 0, "stored"),
    "key": (["key"], 0, "srk1_"),
    "a wrong verb": (["list"], 2, "unrecognized subcommand 'list'"),
    "what is not there": (["show", "train_models", "models"], 3, "no result at"),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone, and a store beside it."""
    wheels = list(DIST.glob("*.whl"))
    if len(wheels) != 1:
        pytest.fail(f"one wheel is needed in {DIST}, not {len(wheels)}; run: make wheel")
    folder = tmp_path_factory.mktemp("bare")
    run = {"check": True, "cwd": folder}
    subprocess.run([sys.executable, "-m", "venv", "environment"], **run)
    pip = ["environment/bin/python", "-m", "pip", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, wheels[0]], **run)
    subprocess.run(["environment/bin/python", "-c", KEEP], **run)
    return folder


@pytest.fixture(scope="module")
def ask(bare: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the wheel's command with nothing on the path."""
    command = bare / "environment" / "bin" / "stillroom"
    environment = {"HOME": str(bare), "PATH": ""}

    def run(*arguments: str, store: str = "store") -> subprocess.CompletedProcess[str]:
        options = {"cwd": bare, "env": environment, "capture_output": True, "text": True}
        return subprocess.run([command, "--store", store, *arguments], check=False, **options)

    return run


def test_it_imports_with_no_library_there(bare: Path):
    python = bare / "environment" / "bin" / "python"
    script = "import importlib.util as u, stillroom; print(u.find_spec('numpy'))"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    done = subprocess.run(
        [python, "-c", script], cwd=bare, env=clean, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("None\n", "")


@pytest.mark.parametrize(("arguments", "code", "said"), ASKED.values(), ids=ASKED)
def test_its_command_answers(ask, arguments: list[str], code: int, said: str):
    text = ask(*arguments)
    as_json = ask("--json", *arguments)

    assert (text.returncode, as_json.returncode) == (code, code)
    assert said in text.stdout + text.stderr
    json.loads(as_json.stderr if code else as_json.stdout)


def test_its_command_ends_with_6_at_a_store_of_a_newer_release(bare: Path, ask):
    newer = shutil.copytree(bare / "store", bare / "newer")
    with contextlib.closing(sqlite3.connect(newer / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE meta SET value = 99 WHERE key = 'layout'")

    answer = ask("ls", store="newer")

    assert answer.returncode == 6
    assert "layout 99" in answer.stderr
    assert "update stillroom" in answer.stderr
