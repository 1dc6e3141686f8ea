"""A store in PostgreSQL against a pickle in `bytea` and the recipe's JSON, on a durable server of its own.

    python bench/database.py                     all subjects
    python bench/database.py postgres-W1 crowd   some
    python bench/database.py --quick             small values, for a try: the numbers say nothing
    python bench/database.py --write             keep what is found in bench/results
    python bench/database.py --major 18          another PostgreSQL than 15

`make bench` keeps it, and writes docs/benchmarks.md from it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Last, since the tests have a blake3 of their own.
sys.path.append(str(ROOT / "python" / "tests"))
# Before NumPy is there: a thread of its own would be lost in the forks.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")

from shared import databases, in_database, plans  # noqa: E402
from shared.children import in_child  # noqa: E402
from shared.report import disk, run  # noqa: E402
from shared.results import Subject  # noqa: E402
from shared.table import told  # noqa: E402

LIBRARIES = ("stillroom", "numpy", "pandas", "pyarrow", "psycopg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("subjects", nargs="*", choices=[*in_database.ALL, []], metavar="SUBJECT")
    parser.add_argument("--quick", action="store_true", help="small values, for a try")
    parser.add_argument("--write", action="store_true", help="keep what is found")
    parser.add_argument("--major", type=int, choices=(15, 18), default=15)
    asked = parser.parse_args()
    if asked.quick and asked.write:
        parser.error("what a quick run finds says nothing, and is not kept")
    facts = run(*LIBRARIES) | {"command": "make bench"}
    for name in asked.subjects or in_database.ALL:
        # A database of its own for each: what one has left changes no other's times.
        with databases.database(asked.major) as server, tempfile.TemporaryDirectory() as folder:
            facts["disk"] = f"{disk(server.data)}, PostgreSQL {server.version}, fsync on"
            measured = one(name, facts, Path(folder), is_quick=asked.quick)
            print(told(measured), flush=True)
            if asked.write:
                measured.write()
                found = Path(folder) / plans.FILE.name
                if found.exists():
                    plans.FILE.write_text(found.read_text())


def one(name: str, facts: dict, scratch: Path, *, is_quick: bool) -> Subject:
    """Measures one subject, in a process of its own: its values go with it."""
    begun = time.monotonic()

    def say(what: str) -> None:
        passed = time.monotonic() - begun
        print(f"{name}: {what}, {passed:.0f} s", file=sys.stderr, flush=True)

    work = in_database.ALL[name]
    return Subject(name, facts, *in_child(lambda: work(scratch, say, is_quick)))


if __name__ == "__main__":
    main()
