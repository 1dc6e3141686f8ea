"""A PostgreSQL server of a test's own: tools/throwaway_postgres.py, and a database made ready on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "throwaway_postgres.py"


@dataclass(frozen=True)
class Server:
    """A server that is there until its test ends."""

    port: int
    binaries: Path

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """What the superuser gets to hear, a line for each row."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "supabase_admin", "-d", database]
        options = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run(
            [self.binaries / "psql", *where, *options], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def url(self, database: str, login: str = "postgres") -> str:
        """Where `login` connects to; the logins of tests have their name as password."""
        return f"postgresql://{login}:{login}@127.0.0.1:{self.port}/{database}"


@contextmanager
def server(major: int) -> Iterator[Server]:
    """A server of this version."""
    command = [sys.executable, str(TOOL), "--major", str(major)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        told = running.stdout.readline()
        assert told, running.stderr.read()
        where = json.loads(told)
        try:
            yield Server(where["port"], Path(where["bin"]))
        finally:
            # The end of its input is what stops it.
            running.communicate()
