"""The embedded store against what people keep results with today, and the machine's own limits.

    python bench/embedded.py                  all subjects, W1 to W7 and what grows
    python bench/embedded.py W3 W4            some
    python bench/embedded.py --quick          small values, for a try: the numbers say nothing
    python bench/embedded.py --write          keep what is found in bench/results

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

from shared import subjects  # noqa: E402
from shared.children import in_child  # noqa: E402
from shared.report import disk, run  # noqa: E402
from shared.results import Subject  # noqa: E402
from shared.table import told  # noqa: E402

LIBRARIES = (
    "stillroom", "numpy", "pandas", "pyarrow", "streamlit", "joblib", "diskcache", "pins",
)  # fmt: skip

# Not in /tmp, which may be memory.
SCRATCH = ROOT / "target"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("subjects", nargs="*", choices=[*subjects.ALL, []], metavar="SUBJECT")
    parser.add_argument("--quick", action="store_true", help="small values, for a try")
    parser.add_argument("--write", action="store_true", help="keep what is found")
    parser.add_argument(
        "--scratch", type=Path, default=SCRATCH, help="a folder on the disk to measure"
    )
    asked = parser.parse_args()
    if asked.quick and asked.write:
        parser.error("what a quick run finds says nothing, and is not kept")
    with tempfile.TemporaryDirectory(dir=asked.scratch, prefix="stillroom-bench-") as name:
        facts = run(*LIBRARIES) | {"disk": disk(Path(name)), "command": "make bench"}
        print(facts["machine"], facts["disk"], facts["versions"], sep="\n")
        for subject in asked.subjects or subjects.ALL:
            measured = one(subject, facts, Path(name), is_quick=asked.quick)
            print(told(measured), flush=True)
            if asked.write:
                measured.write()


def one(name: str, facts: dict, scratch: Path, *, is_quick: bool) -> Subject:
    """Measures one subject, in a process of its own: its values go with it."""
    begun = time.monotonic()

    def say(what: str) -> None:
        passed = time.monotonic() - begun
        print(f"{name}: {what}, {passed:.0f} s", file=sys.stderr, flush=True)

    return Subject(name, facts, *in_child(lambda: _measured(name, scratch, say, is_quick)))


def _measured(name: str, scratch: Path, say: subjects.Say, is_quick: bool) -> subjects.Measured:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        return subjects.ALL[name](Path(folder), say, is_quick)


if __name__ == "__main__":
    main()
