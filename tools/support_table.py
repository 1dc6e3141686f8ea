"""Writes docs/support.md, the support table, from the table tests in python/tests.

    python tools/support_table.py            write it
    python tools/support_table.py --check    fail when it is not what the tests say

Every tick is a table of cases that a test takes through a store and back,
every refusal a case that a test sees refused, in the words of the library.
Run it where all libraries are, as the newest test environment has them. In an
environment that lacks some, `--check` asks that what it can tell is there.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import warnings
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "python" / "tests"
DOCUMENT = ROOT / "docs" / "support.md"

HEAD = """\
# What is kept

Made by `tools/support_table.py` from the tests; don't edit it. A tick is a table of cases that a test saves, loads and compares: type, dtype, bits, order, names, flags, sharing. What is refused is refused when it is saved, before a byte is written, with the path to it and what to do instead.

Anything else is kept only as an object of Python, by pickle, and only with the app's own signing key (`docs/format.md`, "classes and opaque objects").
"""


def families() -> list[Any]:
    """The families of all test modules that can be imported here."""
    sys.path.insert(0, str(TESTS))
    import environment
    import support

    warnings.simplefilter("ignore")
    for path in sorted(TESTS.glob("test_*.py")):
        if path.name not in environment.MISSING and "from support import" in path.read_text():
            importlib.import_module(path.stem)
    return support.FAMILIES


def lines(families: list[Any]) -> list[str]:
    """The document, line by line."""
    order = ["Python", "NumPy", "pandas"]
    place = {library: at for at, library in enumerate(order)}
    by_library = sorted(
        families, key=lambda one: (place.get(one.library, len(order)), one.library, one.name)
    )
    text = [HEAD]
    for library, members in groupby(by_library, key=lambda one: one.library):
        text += [f"## {library}", ""]
        for family in members:
            text += section(family)
    return "\n".join(text).splitlines()


def section(family: Any) -> list[str]:
    text = [f"### {family.name}", ""]
    if family.kept:
        text += ["| kept | |", "|---|---|"]
        text += [f"| {cell(kept.kind)} | ✓ |" for kept in family.kept]
        text += [""]
    if family.refused:
        text += ["| refused | what it says |", "|---|---|"]
        text += [f"| {cell(name)} | {cell(words)} |" for name, words in refusals(family)]
        text += [""]
    return text


def refusals(family: Any) -> list[tuple[str, str]]:
    """What the library says to each value that it refuses; several of which it says the same are one line."""
    import stillroom

    names: dict[str, list[str]] = {}
    with stillroom.open("memory:", signing_key=[]) as store:
        for name, value in family.refused.items():
            names.setdefault(words(store, value), []).append(name)
    return [(", ".join(several), said) for said, several in names.items()]


def words(store: Any, value: Any) -> str:
    problems = store.check(value).problems
    if not problems:
        raise SystemExit(f"this value is not refused: {value!r:.200}")
    return problems[0].message


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    is_check = parser.parse_args().check
    made = lines(families())
    if not is_check:
        DOCUMENT.write_text("\n".join(made) + "\n")
        return 0
    import environment

    there = DOCUMENT.read_text().splitlines()
    ticks = [line for line in made if line.endswith("✓ |")]
    is_current = set(ticks) <= set(there) if environment.MISSING else made == there
    if not is_current:
        print(
            "docs/support.md is not what the tests say; run tools/support_table.py", file=sys.stderr
        )
    return not is_current


if __name__ == "__main__":
    sys.exit(main())
