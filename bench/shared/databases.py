"""Values kept in PostgreSQL: stillroom's way, a pickle in a `bytea`, and the recipe's JSON.

All are in one database of one durable server. A folder, which each round has anew, stands for
an owner of its own there. The peers log in as the tables' owner, whom no policy is asked about.
"""

from __future__ import annotations

import io
import json
import pickle
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import psycopg
import throwaway
from throwaway import KEEPER, SUPERUSER, Server

import stillroom

from .contender import Contender, user_and_name
from .ours import PAGE

DATABASE = "bench"
OURS = "stillroom"

PEERS = """
    create table public.pickles (
        user_id uuid, key text collate "C", data bytea not null,
        updated_at timestamptz not null default now(), primary key (user_id, key)
    );
    alter table public.pickles alter column data set storage external;
    create table public.recipes (
        user_id uuid, page_key text collate "C", result_key text collate "C", result_data jsonb not null,
        updated_at timestamptz not null default now(), primary key (user_id, page_key, result_key)
    );
"""


class Place:
    """Where the database is. Set before the processes that measure are forked."""

    server: ClassVar[Server]
    url: ClassVar[str]

    @classmethod
    def peers_url(cls, user: str = KEEPER) -> str:
        return f"postgresql://{user}@127.0.0.1:{cls.server.port}/{DATABASE}"


class Found(NamedTuple):
    """What a server says of itself."""

    version: str
    data: Path


@contextmanager
def database(major: int) -> Iterator[Found]:
    """A durable server for as long as this lasts, with the tables of all contenders."""
    with throwaway.server(major, durable=True) as server:
        server.create(DATABASE)
        Place.server, Place.url = server, server.migrate(DATABASE)
        server.run(throwaway.ACCOUNTS, SUPERUSER, database=DATABASE)
        server.run(PEERS, database=DATABASE)
        told = server.run("show server_version; show data_directory", SUPERUSER, database=DATABASE)
        version, data = told.splitlines()
        yield Found(version.split()[0], Path(data))


def owner(folder: Path, user: str = "") -> uuid.UUID:
    """Who stands for a folder, or for one of its users."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{folder}/{user}")


class InDatabase(Contender):
    """One way of keeping values in the database."""

    tables: ClassVar[str]
    """A pattern of the names of its tables."""

    @classmethod
    def stored(cls, folder: Path) -> int:
        """The bytes of its tables with all that belongs to them, whoever's rows they are."""
        ask = (
            "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class "
            "where relkind = 'r' and oid::regclass::text ~ %s"
        )
        with psycopg.connect(Place.peers_url(SUPERUSER)) as connection:
            return connection.execute(ask, [cls.tables]).fetchone()[0]


class Stillroom(InDatabase):
    """stillroom's own tables, by the app's login."""

    name = OURS
    kind = "ours"
    lists_all = True
    tables = r"^(stillroom\.|app_result)"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # Without the cache: a second load would be the embedded store's.
        self.store = stillroom.open(Place.url, owner=owner(folder), signing_key=[], cache=False)
        self._of = cache(lambda user: self.store.as_owner(owner(folder, user)))

    def save(self, key: str, value: Any) -> None:
        store, name = self._place(key)
        store.save(PAGE, name, value)

    def load(self, key: str) -> Any:
        store, name = self._place(key)
        return store.load(PAGE, name)

    def load_version(self, key: str, version: int) -> Any:
        return self.store.load(PAGE, key, version=version)

    def list(self, user: str) -> list[stillroom.Record]:
        return self._of(user).results(PAGE)

    def history(self, key: str) -> list[stillroom.Record]:
        store, name = self._place(key)
        return store.history(PAGE, name)

    def close(self) -> None:
        self.store.close()

    def _place(self, key: str) -> tuple[stillroom.Store, str]:
        user, name = user_and_name(key)
        return (self._of(user) if user else self.store), name


class Peer(InDatabase):
    """A table that is written to by one upsert, as psycopg does it best."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.connection = psycopg.connect(Place.peers_url(), autocommit=True)
        self.cursor = self.connection.cursor(binary=True)

    def close(self) -> None:
        self.connection.close()

    def _one(self, sql: str, *values: Any) -> Any:
        row = self.cursor.execute(sql, values).fetchone()
        if row is None:
            raise KeyError(values[-1])
        return row[0]


class Bytea(Peer):
    """A pickle in a bytea, which is stored as it is."""

    name = "pickle in bytea"
    tables = "^pickles$"

    def save(self, key: str, value: Any) -> None:
        user, name = user_and_name(key)
        data = pickle.dumps(value, protocol=5)
        self.cursor.execute(
            "insert into pickles (user_id, key, data) values (%b, %s, %b) on conflict (user_id, key) "
            "do update set data = excluded.data, updated_at = now()",
            (owner(self.folder, user), name, data),
        )

    def load(self, key: str) -> Any:
        user, name = user_and_name(key)
        ask = "select data from pickles where user_id = %b and key = %s"
        return pickle.loads(self._one(ask, owner(self.folder, user), name))

    def list(self, user: str) -> list[tuple[str, int, Any]]:
        ask = "select key, octet_length(data), updated_at from pickles where user_id = %b order by key"
        return self.cursor.execute(ask, [owner(self.folder, user)]).fetchall()


class Recipe(Peer):
    """What the recipe does, without the HTTP around it: JSON as a text in a jsonb."""

    name = "recipe's JSON"
    tables = "^recipes$"

    def save(self, key: str, value: Any) -> None:
        user, name = user_and_name(key)
        self.cursor.execute(
            "insert into recipes (user_id, page_key, result_key, result_data) values (%b, %s, %s, to_jsonb(%s::text)) "
            "on conflict (user_id, page_key, result_key) do update set "
            "result_data = excluded.result_data, updated_at = now()",
            (owner(self.folder, user), PAGE, name, json.dumps(value, default=_encoded)),
        )

    def load(self, key: str) -> Any:
        user, name = user_and_name(key)
        ask = "select result_data #>> '{}' from recipes where user_id = %b and page_key = %s and result_key = %s"
        return json.loads(
            self._one(ask, owner(self.folder, user), PAGE, name), object_hook=_decoded
        )

    def list(self, user: str) -> list[tuple[str, Any]]:
        ask = (
            "select result_key, updated_at from recipes where user_id = %b and page_key = %s "
            "order by result_key"
        )
        return self.cursor.execute(ask, [owner(self.folder, user), PAGE]).fetchall()


def _encoded(value: Any) -> Any:
    """What the recipe makes of what JSON doesn't know; frames in the form that its loader reads."""
    match value:
        case np.integer():
            return int(value)
        case np.floating():
            return float(value)
        case np.ndarray() | pd.Series():
            return value.tolist()
        case pd.DataFrame():
            return {"__type__": "dataframe", "data": value.to_json(orient="split")}
        case pd.Timestamp():
            return value.isoformat()
        case pd.Timedelta() | pd.Interval():
            return str(value)
    raise TypeError(f"the recipe's JSON has no {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> Any:
    if value.get("__type__") == "dataframe":
        return pd.read_json(io.StringIO(value["data"]), orient="split")
    return value


ALL: Sequence[type[InDatabase]] = (Stillroom, Bytea, Recipe)
