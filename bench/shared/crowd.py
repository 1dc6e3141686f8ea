"""One owner among many: the same calls in a database of 10,000 results, of 100,000, of 1,000,000.

Each owner has a hundred. Those who are asked for have saved theirs as everyone does, result by result in
turn. The rows of all others are copies of one's under ids of their own, put there by SQL without triggers:
widths, counts and indexes are as if they had been saved, but their digests are not theirs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from throwaway import SUPERUSER

from . import plans
from .children import in_child
from .contender import in_turn
from .databases import ALL, InDatabase, Place, Stillroom, owner
from .results import Result

Say = Callable[[str], None]

EACH = 100
ROUNDS = 5
SMALL_BYTES = 60
"""About what each result takes."""
TEMPLATE = "user 0"
"""Whose rows are copied; nobody asks for theirs."""

OURS = ("app_result_owners", "app_result_versions", "app_results", "stillroom.counters")
OF_ALL = {"stillroom": OURS, "pickle in bytea": ("pickles",), "recipe's JSON": ("recipes",)}
SIZES = """
    select relname, pg_relation_size(oid) from pg_class
    where relkind = 'i' and relname ~ '^(app_result|counters)' order by 2 desc limit 4
"""


def measure(scratch: Path, say: Say, is_quick: bool) -> tuple[int, dict[str, Result]]:
    """What one more call costs each in a database that grows; figures are `NAME @ COUNT`."""
    results = {one.name: Result.of(one) for one in ALL}
    asked, counts = (3, (4_000, 8_000)) if is_quick else (20, (10**4, 10**5, 10**6))
    users = [f"user {number}" for number in range(1, asked + 1)]
    in_child(lambda: _save_theirs(scratch, [TEMPLATE, *users]))
    owners = len(users) + 1
    for count in counts:
        _fill(scratch, count // EACH - owners)
        owners = count // EACH
        say(f"{count} rows are there")
        for number in range(ROUNDS):
            for one in in_turn(ALL, number):
                # Each round begins with another owner.
                of = [*users[number:], *users[:number]]
                took = in_child(lambda one=one, of=of: _calls(one, scratch, of))
                results[one.name].add({f"{name} @ {count}": found for name, found in took.items()})
        for one in ALL:
            results[one.name].add({f"bytes stored @ {count}": one.stored(scratch)})
        with _as_superuser() as connection:
            for index, bytes_ in connection.execute(SIZES).fetchall():
                results[Stillroom.name].add({f"bytes of {index} @ {count}": bytes_})
    with _as_superuser() as connection:
        found = plans.of_calls(connection, owner(scratch, TEMPLATE))
    (scratch / plans.FILE.name).write_text(found)
    return SMALL_BYTES, results


def _save_theirs(folder: Path, users: Sequence[str]) -> None:
    for one in ALL:
        opened = one(folder)
        for number in range(EACH):
            for user in users:
                opened.save(f"{user}/result {number}", _small(number))
        opened.close()


def _small(number: int) -> dict[str, Any]:
    return {"rmse": number / 7, "mae": number / 9, "rows": number, "model": "ridge"}


def _as_superuser() -> psycopg.Connection:
    return psycopg.connect(Place.peers_url(SUPERUSER), autocommit=True)


def _fill(folder: Path, count: int) -> None:
    """So many owners more in the tables of all contenders."""
    template = owner(folder, TEMPLATE)
    with _as_superuser() as connection:
        # Neither counted nor asked for: they are counted already.
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        connection.execute(
            f"create temporary table more as select gen_random_uuid() as id from generate_series(1, {count})"
        )
        connection.execute("insert into auth.users (id) select id from more")
        for table in (table for tables in OF_ALL.values() for table in tables):
            columns = ", ".join(_columns(connection, table))
            connection.execute(
                f"insert into {table} (user_id, {columns}) select more.id, {columns} "
                f"from more cross join (select {columns} from {table} where user_id = '{template}') t"
            )
            connection.execute(f"vacuum analyze {table}")
        connection.execute("checkpoint")


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    """Those that are written, without whose the row is."""
    found = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
        "and not attisdropped and attgenerated = '' and attname <> 'user_id' order by attnum",
        [table],
    )
    return [name for (name,) in found.fetchall()]


def _calls(one: type[InDatabase], folder: Path, users: Sequence[str]) -> dict[str, float]:
    """The middle times of each call of one contender."""
    opened = one(folder)
    took: dict[str, list[float]] = {"save": [], "save again": [], "load": [], "list": []}
    if isinstance(opened, Stillroom):
        took["history"] = []
    now = time.time()
    for number, name in enumerate(users):
        value = _small(number) | {"at": now}
        # What is planned and opened once in the life of a connection is done.
        opened.load(f"{name}/result 1")
        took["save"].append(_seconds(opened.save, f"{name}/more at {now}", value))
        took["save again"].append(_seconds(opened.save, f"{name}/result 2", value))
        took["load"].append(_seconds(opened.load, f"{name}/result {10 + number}"))
        took["list"].append(_seconds(opened.list, name))
        if isinstance(opened, Stillroom):
            took["history"].append(_seconds(opened.history, f"{name}/result 2"))
    assert len(opened.list(users[0])) >= EACH
    opened.close()
    return {call: median(found) for call, found in took.items()}


def _seconds(call: Callable[..., Any], *arguments: Any) -> float:
    begun = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - begun
