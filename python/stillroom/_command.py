"""The `stillroom` command as the wheel carries it: the same one as without Python."""

from __future__ import annotations

import sys

from ._core import run_cli


def main() -> int:
    """Runs the command with this process's arguments, and answers its exit code."""
    return run_cli(sys.argv[1:])
