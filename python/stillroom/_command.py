"""The `stillroom` command as the wheel carries it: the same one as without Python."""

from __future__ import annotations

import signal
import sys

from ._core import run_cli


def main() -> int:
    """Runs the command with this process's arguments, and answers its exit code."""
    # Python only notes a Ctrl-C and looks at it later, which here is when all is done.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_cli(sys.argv[1:])
