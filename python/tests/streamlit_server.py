"""Streamlit servers that a test starts, reads the log of, and kills.

Every wait is for a line of the log or the end of the process, never for time to
pass; `PATIENCE` only bounds how long a lost wait may hang.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60
PUBLIC_NAME = "app.example.org"
"""A name that the test's Chromium finds at this computer, and that isn't a loopback name."""
READY = "You can now view your Streamlit app"
LAST_VISITOR_LEFT = (
    "RuntimeState.ONE_OR_MORE_SESSIONS_CONNECTED -> RuntimeState.NO_SESSIONS_CONNECTED"
)
"""What the log says when the last script is told to stop, at `--logger.level debug`."""


class Server:
    """One `streamlit run` in a process group of its own."""

    def __init__(
        self,
        script: Path,
        *,
        home: Path,
        options: tuple[str, ...] = (),
        python: str | None = None,
    ) -> None:
        self.address = f"http://127.0.0.1:{(port := _free_port())}"
        self.lines: list[str] = []
        self._grown = threading.Condition()
        self._process = subprocess.Popen(
            _command(python or sys.executable, script, port) + list(options),
            cwd=script.parent,
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(lambda lines: any(READY in line for line in lines), what=READY)

    def wait_for(self, happened: Callable[[list[str]], bool], *, what: str) -> None:
        """Return once the log satisfies `happened`; fail with the log if it never does."""
        with self._grown:
            self._grown.wait_for(lambda: happened(self.lines) or not self._is_open(), PATIENCE)
            if not happened(self.lines):
                raise AssertionError(f"no `{what}` in the server log:\n" + "".join(self.lines))

    def wait_for_line(self, text: str) -> None:
        """Return once a line of the log contains `text`."""
        self.wait_for(lambda lines: any(text in line for line in lines), what=text)

    def kill(self) -> None:
        """End the server as `kill -9` does, without a chance to tidy up."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def _is_open(self) -> bool:
        return self._reader.is_alive()

    def _read(self) -> None:
        for line in self._process.stdout:
            with self._grown:
                self.lines.append(line)
                self._grown.notify_all()
        with self._grown:
            self._grown.notify_all()


def environment(home: Path) -> dict[str, str]:
    """The environment of a laptop where stillroom and Streamlit are not set up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SET_UP)}
    return kept | {"HOME": str(home), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


_SET_UP = ("STILLROOM_", "STREAMLIT_", "SUPABASE_")


def _command(python: str, script: Path, port: int) -> list[str]:
    return [
        *(python, "-m", "streamlit", "run", script.name),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
        *("--server.headless", "true", "--server.fileWatcherType", "none"),
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal"),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
