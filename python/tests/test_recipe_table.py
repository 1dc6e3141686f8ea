"""The recipe's table in a database that was upgraded: what was kept there loads as it did."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import throwaway
from throwaway import Server

import stillroom
from stillroom import compat

ANA = "00000000-0000-4000-8000-000000000001"
TABLE = """
    create table app_results (
      id bigint primary key generated always as identity,
      created_at timestamptz default now() not null,
      user_id uuid references auth.users(id) on delete cascade,
      page_key text not null,
      result_key text not null,
      result_data jsonb not null,
      metadata jsonb
    );
    create unique index on app_results (user_id, page_key, result_key);
    alter table app_results enable row level security;
    create policy "Users can manage their own results" on app_results for all
        using (auth.uid() = user_id) with check (auth.uid() = user_id);
"""


DATABASE = "recipe"


@dataclass(frozen=True)
class Upgraded:
    """A database of the recipe's that was made ready."""

    server: Server
    url: str
    kept: dict[str, str]
    """The JSON of each row, as the recipe's table had it."""


def quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def row(key: str, data: str, metadata: str | None = None) -> str:
    columns = "user_id, page_key, result_key, result_data, metadata"
    values = ", ".join(map(quoted, (ANA, "Train models", key, data, metadata)))
    return f"insert into app_results ({columns}) values ({values});\n"


def loads(data: str) -> Any:
    """What the recipe's `load_results` gave of what PostgREST answered for a row."""
    answered = json.loads(data)
    try:
        return json.loads(answered) if isinstance(answered, str) else answered
    except json.JSONDecodeError:
        # There it gave None.
        return answered


def texts() -> list[str]:
    """What was in the column `result_data`, as JSON."""
    draw = random.Random(6)
    values: list[Any] = [
        {"rmse": 0.5, "curve": [1, 2.5, -0.0, 1e300], "b": {"a": None, "": True}},
        {"__type__": "dataframe", "data": '{"columns":["a"],"index":[0],"data":[[1]]}'},
        [math.nan, math.inf, -math.inf],
        "\ud800 half, \U0001f600 whole, \0 none",
        {"\udfff": 1, "k": "\ue000"},
        2**64,
        -(10**4000),
        "x" * 10_000,
        {"x" * 10_000: ["y" * 70_000] * 3},
        None,
    ]
    values += [random_value(draw, 4) for _ in range(150)]
    kept = [json.dumps(json.dumps(value, ensure_ascii=True)) for value in values]
    kept += [
        json.dumps(text)
        for text in ("no JSON", '{"a": 1, "b": 2, "a": 3}', " [1 , 2]\n", "1e400", "[1,]")
    ]
    kept += ['{"real": [1, 2.50, 1e2], "json": {"b": 1, "a": 2}}', "[]", "null", "0", '""', "false"]
    return kept


def random_value(draw: random.Random, depth: int) -> Any:
    kind = draw.randrange(9 if depth else 6)
    letters = 'ab"\\/\n\t é\u2028\U0001f600\ud83d\x7f\x01'
    text = "".join(draw.choices(letters, k=draw.randrange(6)))
    leaves = [
        None,
        draw.random() < 0.5,
        draw.randrange(-(2**70), 2**70) >> draw.randrange(80),
        draw.uniform(-1, 1) * 10.0 ** draw.randrange(-320, 308),
        text,
        draw.choice([math.nan, math.inf, -math.inf, 0.1, -0.0]),
    ]
    if kind < 6:
        return leaves[kind]
    items = [random_value(draw, depth - 1) for _ in range(draw.randrange(5))]
    return items if kind == 6 else {f"{text}{n}": item for n, item in enumerate(items)}


@pytest.fixture(scope="module")
def database() -> Iterator[Upgraded]:
    with throwaway.server(15) as server:
        server.create(DATABASE)
        rows = "".join(row(f"k{n}", text, json.dumps({"n": n})) for n, text in enumerate(texts()))
        server.run(
            f"{TABLE} insert into auth.users (id) values ('{ANA}');\n{rows}", database=DATABASE
        )
        ask = "select json_object_agg(result_key, result_data::text) from app_results"
        kept = json.loads(server.run(ask, database=DATABASE))
        yield Upgraded(server, server.migrate(DATABASE), kept)


@pytest.fixture
def upgraded(database: Upgraded) -> Iterator[stillroom.Store]:
    with stillroom.open(database.url, owner=ANA, signing_key=[]) as store:
        yield store


def upsert(database: Upgraded, key: str, value: object) -> None:
    """A save as the recipe's service makes it."""
    claims = json.dumps({"sub": ANA, "role": "authenticated"})
    written = row(key, json.dumps(json.dumps(value)), '{"saved_at": "now"}').rstrip(";\n")
    database.server.run(
        f"begin; set local role authenticated; set local request.jwt.claims = '{claims}'; {written} "
        "on conflict (user_id, page_key, result_key) do update set result_data = excluded.result_data, "
        "metadata = excluded.metadata; commit",
        throwaway.SUPERUSER,
        database=DATABASE,
    )


def test_every_row_loads_as_the_recipe_loaded_it(
    database: Upgraded, upgraded: stillroom.Store
) -> None:
    loaded = upgraded.load_page("Train models")

    assert len(database.kept) == len(texts())
    for key, kept in database.kept.items():
        # repr tells 1 from 1.0 and True, -0.0 from 0.0, the order of pairs, and has a NaN be another's equal.
        expected = repr(loads(kept))
        assert repr(upgraded.load("Train models", key)) == expected
        assert repr(loaded[key]) == expected


def test_the_recipe_s_names_give_what_they_gave(
    database: Upgraded, upgraded: stillroom.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        compat, "_open", lambda: stillroom.open(database.url, owner=ANA, signing_key=[])
    )
    service = compat.get_storage_service()

    assert service.load_results("Train models", "k0") == loads(database.kept["k0"])
    assert service.load_results("Train models", "never saved") is None
    service.save_results("Train models", "new", {"a": (1, 2)}, {"by": "us"})
    assert service.load_results("Train models", "new") == {"a": (1, 2)}
    # An app that was not switched yet writes the same result.
    upsert(database, "new", {"a": [1, 2]})
    assert service.load_results("Train models", "new") == {"a": [1, 2]}
    kinds = [record.kind for record in upgraded.history("Train models", "new")]
    assert kinds == ["seed-json", "dict"]


def test_records_say_what_the_recipe_said_of_them(upgraded: stillroom.Store) -> None:
    records = {record.key: record for record in upgraded.results("Train models")}

    record = records["k0"]
    assert (record.kind, record.version, record.is_damaged) == ("seed-json", 1, False)
    assert record.metadata == {"n": 0}
    assert record.summary["rmse"] == 0.5


def test_what_the_recipe_wrote_is_looked_at_compared_and_gone_back_to(
    database: Upgraded, upgraded: stillroom.Store, tmp_path: Path
) -> None:
    upsert(database, "run", {"rmse": 0.5, "n": 1})
    upsert(database, "run", {"rmse": 0.25, "n": 1})

    preview = upgraded.preview("Train models", "run")
    diff = upgraded.diff("Train models", "run", 1)
    receipt = upgraded.rollback("Train models", "run", 1)

    assert [scalar.text for scalar in preview.scalars] == ["0.25", "1"]
    assert [change.path for change in diff.changes] == ['["rmse"]']
    assert (receipt.version, receipt.kind, receipt.metadata) == (3, "dict", {"saved_at": "now"})
    assert upgraded.load("Train models", "run") == {"rmse": 0.5, "n": 1}
    upgraded.export_to(tmp_path / "bundle", page="Train models")
    with stillroom.open(tmp_path / "local", signing_key=[]) as local:
        local.import_from(tmp_path / "bundle")
        assert len(local.history("Train models", "run")) == 3
        for key, kept in database.kept.items():
            assert repr(local.load("Train models", key)) == repr(loads(kept))
    assert not upgraded.verify().problems


def test_a_result_that_the_recipe_deleted_is_gone_until_that_is_undone(
    database: Upgraded, upgraded: stillroom.Store
) -> None:
    upsert(database, "going", 1)
    claims = json.dumps({"sub": ANA, "role": "authenticated"})
    database.server.run(
        f"begin; set local role authenticated; set local request.jwt.claims = '{claims}'; "
        "delete from app_results where result_key = 'going'; commit",
        throwaway.SUPERUSER,
        database=DATABASE,
    )

    assert upgraded.load("Train models", "going", default="gone") == "gone"
    upgraded.undelete("Train models", "going", [1])
    assert upgraded.load("Train models", "going") == 1
