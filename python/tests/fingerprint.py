"""Digests everything in a store's folder, so that a test can say "byte for byte as before".

Run as a program of its own: closing a file drops the locks that the process
holds on it, so a test that merely read the files of an open store would take
the store's locks away.

SQLite moves pages between the database and its write-ahead log whenever it
likes, so the catalog is compared by what it says: its schema and all its rows.
Every other file is compared by its bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

SQLITE_MAGIC = b"SQLite format 3\0"
LOG, INDEX = "-wal", "-shm"


def fingerprint(folder: Path) -> dict[str, str]:
    """The digest of each file, and of each table of the catalog, by name."""
    command = [sys.executable, __file__, str(folder)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def digests(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink() or not path.is_file():
            found[name] = f"mode {path.lstat().st_mode:o}"
        elif is_database(path):
            found |= {f"{name}: {table}": digest for table, digest in tables(path).items()}
        elif not is_companion(path):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def is_companion(path: Path) -> bool:
    """Whether it is the log or the index of a database beside it."""
    return any(
        path.name.endswith(end) and is_database(path.with_name(path.name.removesuffix(end)))
        for end in (LOG, INDEX)
    )


def tables(database: Path) -> dict[str, str]:
    """A digest of the rows of each table, and of the schema."""
    with tempfile.TemporaryDirectory() as scratch:
        # A copy, because opening the original could fold its log into it.
        copy = Path(scratch, database.name)
        shutil.copyfile(database, copy)
        log = database.with_name(database.name + LOG)
        if log.exists():
            shutil.copyfile(log, copy.with_name(log.name))
        connection = sqlite3.connect(copy)
        try:
            return dump(connection)
        finally:
            connection.close()


def dump(connection: sqlite3.Connection) -> dict[str, str]:
    schema = connection.execute(
        "SELECT name, type, sql FROM sqlite_schema ORDER BY name"
    ).fetchall()
    found = {"schema": digest_of(schema)}
    for name in [name for name, type_, _ in schema if type_ == "table"]:
        rows = sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))
        found[name] = digest_of(rows)
    return found


def digest_of(rows: list) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


if __name__ == "__main__":
    json.dump(digests(Path(sys.argv[1])), sys.stdout)
