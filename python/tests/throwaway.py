"""A PostgreSQL server of a test's own, tools/throwaway_postgres.py, and databases made ready on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "throwaway_postgres.py"
SUPERUSER = "supabase_admin"
KEEPER = "postgres"
"""Who makes databases ready; like the superuser it needs no password."""

# Whoever saves something in a test has an account.
ACCOUNTS = """
    create function stillroom.test_account() returns trigger language plpgsql security definer
        set search_path = pg_catalog, pg_temp
        as 'begin insert into auth.users (id) values (new.user_id) on conflict do nothing; return new; end';
    create trigger test_account before insert on public.app_result_owners
        for each row execute function stillroom.test_account();
"""

COMMAND = "import sys; from stillroom._command import main; sys.exit(main())"


@dataclass(frozen=True)
class Server:
    """A server that is there until its test ends."""

    port: int
    binaries: Path

    def run(self, sql: str, user: str = KEEPER, *, database: str) -> str:
        """What comes of SQL: a line for each row."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, database]
        done = subprocess.run(
            [self.binaries / "psql", "-qtAX", "-v", "ON_ERROR_STOP=1", *where],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create(self, database: str) -> None:
        """Makes a database that is not ready yet."""
        self.run(f"create database {database} owner {KEEPER}", SUPERUSER, database="postgres")

    def migrate(self, database: str) -> str:
        """Makes a database ready; the URL of the app's login."""
        store = f"postgresql://{KEEPER}@127.0.0.1:{self.port}/{database}"
        migrate = ["--store", store, "--json", "migrate", "--login-role", f"app_{database}"]
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *migrate], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["login"]["url"]


@contextmanager
def server(major: int, *, durable: bool = False) -> Iterator[Server]:
    """A server of this version, that looks like Supabase's; a durable one is as safe, and slow, as a real one."""
    command = [
        sys.executable,
        str(TOOL),
        "--major",
        str(major),
        *(["--durable"] if durable else []),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        told = running.stdout.readline()
        assert told, running.stderr.read()
        where = json.loads(told)
        try:
            yield Server(where["port"], Path(where["bin"]))
        finally:
            # The end of its input is what stops it.
            running.communicate()
