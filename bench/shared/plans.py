"""How the database does what it is asked: the plans of the statements inside its functions.

`auto_explain` tells them, as they were run, to the connection that asks; only a superuser may have it do so.
"""

from __future__ import annotations

import json
import re
import uuid

import psycopg

from .databases import PAGE, Place
from .results import FOLDER

FILE = FOLDER / "crowd-plans.md"

CALLS = {
    "a save": "select stillroom.save(%s)",
    "a load": "select stillroom.load(%s)",
    "a list of 100": "select stillroom.list(%s)",
    "a history": "select stillroom.history(%s)",
}
EXPLAIN = """
    load 'auto_explain';
    set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
    set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set auto_explain.log_timing = off;
    set auto_explain.log_level = notice; set client_min_messages = notice; set jit = off;
"""


def of_calls(connection: psycopg.Connection, owner: uuid.UUID) -> str:
    """The plans of each call as one section of Markdown."""
    said: list[str] = []
    connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    connection.execute(EXPLAIN)
    login = Place.url.split("//")[1].split(":")[0]
    lines = []
    for name, argument in _arguments().items():
        # The second time: what a connection plans once is planned.
        for _ in range(2):
            said.clear()
            with connection.transaction(force_rollback=True):
                connection.execute(f'set local role "{login}"')
                claims = json.dumps({"sub": str(owner), "role": "authenticated"})
                connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
                connection.execute(CALLS[name], [argument])
        shown = [plan for plan in map(_plan, said) if plan]
        lines += [f"<details><summary>{name}: {len(shown)} statements</summary>", ""]
        for plan in shown:
            lines += ["```", plan, "```", ""]
        lines += ["</details>", ""]
    return "\n".join(lines)


def _arguments() -> dict[str, bytes | str]:
    at = {"page": PAGE, "key": "result 3"}
    version = at | {
        "digest": _hex(32), "kind": "dict", "shape": [4], "bytes": 60, "summary": "{}", "provenance": "{}",
        "pinned": False, "record_digest": _hex(32), "manifest_digest": _hex(32),
        "manifest_start": 0, "manifest_len": 100, "blobs_start": 100, "blobs_len": 0,
    }  # fmt: skip
    commit = {
        "request": str(uuid.uuid4()), "keep_versions": 20, "unless_same": True, "conditions": [],
        "versions": [version],
    }  # fmt: skip
    return {
        "a save": _frame({"blobs": [], "commit": commit}, bytes(100)),
        "a load": _frame(at | {"version": None, "inline": 65536}),
        "a list of 100": json.dumps({"page": PAGE, "limit": 1001}),
        "a history": json.dumps(at | {"limit": 1001}),
    }


def _frame(header: dict, body: bytes = b"") -> bytes:
    told = json.dumps(header).encode()
    return len(told).to_bytes(4, "big") + told + body


def _hex(count: int) -> str:
    return "\\x" + uuid.uuid4().hex * (count // 16)


def _plan(said: str) -> str | None:
    """A statement's plan, where it reads a table of ours; without what it was asked by."""
    found = re.search(r"Query Text:.*?\n(?=\S.*\((?:cost|actual))", said, re.DOTALL)
    if found is None or not re.search(r"Scan|Insert on|Update on", said):
        return None
    if "stillroom." in found[0] and re.search(r"select stillroom\.\w+\(\$1\)", found[0]):
        return None
    return re.sub(r"\(cost=\S+ rows=\d+ width=\d+\) ?", "", said[found.end() :]).rstrip()
