"""Files written so that they last: synced, renamed into place, and their folder synced.

What stillroom promises of a save; the peers that write files are held to it too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a file, or a folder of files, and put it at `path` once it is synced."""
    temporary = path.with_name(f"{path.name}.{threading.get_ident()}.tmp")
    try:
        fill(temporary)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        fill(temporary)
    sync_tree(temporary)
    os.replace(temporary, path)
    sync(path.parent)


def sync_tree(path: Path) -> None:
    """Sync a file, or a folder with all in it."""
    if path.is_dir():
        for inner in path.iterdir():
            sync_tree(inner)
    sync(path)


def sync(path: Path) -> None:
    """Sync one file or one folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
