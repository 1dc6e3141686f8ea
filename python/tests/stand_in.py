"""A stand-in for a Supabase project (crates/backends/tests/stand_in), over a database made ready."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import throwaway

PROGRAM = Path(__file__).resolve().parents[2] / "target" / "debug" / "supabase-stand-in"


@dataclass(frozen=True)
class StandIn:
    """A project that answers until its test ends."""

    url: str
    publishable_key: str
    secret_key: str
    anon_key: str
    service_role_key: str
    jwt_secret: str
    process: subprocess.Popen[str]

    def tell(self, **order: object) -> Any:
        """What comes of an order; which there are stands in the program's main.rs.

        `tell(code_of="ada@example.com")`, `tell(misbehave="rpc/stillroom_save", fault={"html": 502})`.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the stand-in ended when it was told {order}"
        return json.loads(answer)


@contextmanager
def project(server: throwaway.Server, database: str, **settings: object) -> Iterator[StandIn]:
    """A stand-in for a project whose database this is; `token_seconds=60` and the like set it up."""
    assert PROGRAM.exists(), "no stand-in here: run cargo build -p supabase-stand-in"
    where = f"postgresql://{throwaway.SUPERUSER}@127.0.0.1:{server.port}/{database}"
    with subprocess.Popen(
        [PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps({"database": where, **settings}) + "\n")
        running.stdin.flush()
        told = running.stdout.readline()
        assert told, "the stand-in did not start"
        try:
            yield StandIn(**json.loads(told), process=running)
        finally:
            # The end of its input is what stops it.
            running.communicate()
