"""Values in a PostgreSQL database: every kind that the support table names, and what SQL sees of them."""

from __future__ import annotations

import base64
import hmac
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest
import support
import throwaway
from environment import MISSING
from roundtrip import round_trip
from strict import assert_same
from test_class import CLASSES
from throwaway import Server
from values import TYPES

import stillroom

for path in sorted(Path(__file__).parent.glob("test_*.py")):
    if path.name not in MISSING and "from support import" in path.read_text():
        importlib.import_module(path.stem)


@pytest.fixture(scope="module", params=[15, 18])
def database(request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """A server with a database made ready, and where an app connects to."""
    with throwaway.server(request.param) as server:
        server.create("kept")
        url = server.migrate("kept")
        server.run(throwaway.ACCOUNTS, throwaway.SUPERUSER, database="kept")
        yield server, url


@pytest.fixture
def store(database: tuple[Server, str]) -> Iterator[stillroom.Store]:
    with stillroom.open(
        database[1], owner=uuid4(), signing_key=[], types=[*TYPES, *CLASSES]
    ) as opened:
        yield opened


@pytest.mark.parametrize("family", support.FAMILIES, ids=lambda one: f"{one.library} {one.name}")
def test_every_kind_of_value_comes_back(store: stillroom.Store, family: support.Family) -> None:
    for kind in family.kept:
        for name, value in kind.cases.items():
            try:
                assert_same(round_trip(store, value), value)
            except Exception as error:
                error.add_note(f"{kind.kind}: {name}")
                raise


def test_what_was_loaded_is_kept_near_until_it_is_forgotten(
    database: tuple[Server, str], store: stillroom.Store, tmp_path: Path
) -> None:
    array = np.random.default_rng(1).normal(size=300_000)
    store.save("train_models", "residuals", array)
    for _ in range(2):
        assert_same(store.load("train_models", "residuals"), array)

    def ask(*words: str) -> dict[str, Any]:
        asked = ["--store", database[1], "--owner", str(store.owner), "--json", *words]
        done = subprocess.run(
            [sys.executable, "-c", throwaway.COMMAND, *asked], capture_output=True, check=True
        )
        return json.loads(done.stdout)

    near = ask("usage")["cache"]
    assert near["folder"] == str(tmp_path / "cache")
    assert near["bytes"] >= array.nbytes
    assert ask("gc", "--forget-cache")["forgotten_bytes"] == near["bytes"]
    assert store.forget_cache() == 0
    assert_same(store.load("train_models", "residuals"), array)
    assert store.forget_cache() >= array.nbytes


def test_a_cache_is_where_it_is_asked_for_or_is_not(
    database: tuple[Server, str], store: stillroom.Store, tmp_path: Path
) -> None:
    array = np.random.default_rng(1).normal(size=300_000)
    store.save("train_models", "residuals", array)
    for cache, kept in ((tmp_path / "named", True), (False, False), (0, False), (2**20, False)):
        with stillroom.open(database[1], owner=store.owner, cache=cache) as other:
            assert_same(other.load("train_models", "residuals"), array)

            # A load of more than half of the room isn't kept.
            assert (other.forget_cache() > 0) is kept, cache


def test_what_was_saved_is_there_for_its_owner_alone(
    database: tuple[Server, str], store: stillroom.Store
) -> None:
    frame = pd.DataFrame(
        {"x": np.arange(300_000) / 7, "name": [f"n{n % 50}" for n in range(300_000)]}
    )
    page = store.page("train_models")
    page["forecast"] = frame

    with stillroom.open(database[1], owner=store.owner) as again:
        assert_same(again.load("train_models", "forecast"), frame)
    other = store.as_owner(uuid4())
    assert other.results() == []
    with pytest.raises(stillroom.NotFoundError):
        other.load("train_models", "forecast")


def test_sql_sees_a_summary_and_the_metadata(
    database: tuple[Server, str], store: stillroom.Store
) -> None:
    value = {"metrics": {"rmse": 1.5, "n": np.int64(3)}, "note": "a\0b", "bad": float("nan")}
    store.save("train_models", "fit", value, metadata={"by": "ana", "nan": float("nan")})

    ask = f"""
        select json_build_array(result_data -> 'metrics' ->> 'rmse', result_data ->> 'bad', metadata, version)
        from app_results where user_id = '{store.owner}' and page_key = 'train_models'"""
    seen = json.loads(database[0].run(ask, throwaway.SUPERUSER, database="kept"))

    assert seen == ["1.5", None, {"by": "ana", "nan": None}, 1]


def test_a_call_for_nobody_says_what_to_do(database: tuple[Server, str]) -> None:
    with stillroom.open(database[1]) as nobody:
        assert nobody.owner is None
        with pytest.raises(stillroom.InvalidError, match="name one by `owner`"):
            nobody.results()
        assert nobody.as_owner(uuid4()).results() == []


SECRET = "a secret of a test, long enough to be one"


def token(owner: UUID, *, secret: str = SECRET, seconds: int = 60, **claims: str) -> str:
    """What sign-in gave `owner`, good for so long."""
    said = {"sub": str(owner), "role": "authenticated", "exp": time.time() + seconds} | claims
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, said)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(secret.encode(), text, "sha256")
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_a_token_says_whose_results_are_meant(database: tuple[Server, str]) -> None:
    ana, bo = uuid4(), uuid4()
    with stillroom.open(database[1], jwt_secret=SECRET) as store:
        anas = store.as_bearer(token(ana))
        anas.save("train_models", "rmse", 0.5)

        assert (store.owner, anas.owner) == (None, str(ana))
        assert store.as_bearer(token(ana)).load("train_models", "rmse") == 0.5
        assert store.as_bearer(token(bo)).results() == []
        assert store.as_owner(ana).load("train_models", "rmse") == 0.5


def test_a_token_that_is_not_believed_opens_nothing(database: tuple[Server, str]) -> None:
    ana = uuid4()
    cases = [
        (token(ana, secret=SECRET[::-1]), "no key here signed"),
        (token(ana, seconds=-60), "sign in again"),
        (token(ana, role="service_role"), "of no user"),
        (token(ana, aud="another-app"), "another service"),
        ("hunter2", "no token of a user"),
        ("", "no token of a user"),
    ]
    with stillroom.open(database[1], jwt_secret=SECRET) as store:
        for wrong, words in cases:
            with pytest.raises(stillroom.UnauthenticatedError, match=words) as caught:
                store.as_bearer(wrong)
            assert not wrong or wrong not in str(caught.value)


def test_a_store_that_verifies_no_tokens_says_what_to_add(database: tuple[Server, str]) -> None:
    url = database[1]
    with stillroom.open(url) as store, pytest.raises(stillroom.InvalidError, match="jwks = "):
        store.as_bearer(token(uuid4()))
    with pytest.raises(stillroom.InvalidError, match="32 characters"):
        stillroom.open(url, jwt_secret="hunter2")
    with pytest.raises(stillroom.InvalidError, match="use `https://`"):
        stillroom.open(url, jwks="http://example.org/jwks.json")
    with pytest.raises(stillroom.InvalidError, match="one owner"):
        stillroom.open("memory:", jwt_secret=SECRET)
    with (
        stillroom.open(url, jwks="http://127.0.0.1:1/jwks.json") as store,
        pytest.raises(stillroom.UnauthenticatedError, match="no key here signed"),
    ):
        store.as_bearer(token(uuid4()))


def test_a_database_that_can_t_be_used_says_why(database: tuple[Server, str]) -> None:
    server, url = database
    cases = [
        (f"postgresql://app_kept:hunter2@127.0.0.1:{server.port}/kept", "UnauthenticatedError"),
        (f"postgresql://postgres@127.0.0.1:{server.port}/kept", "DeniedError"),
        (url.replace("/kept", "/nowhere"), "NotFoundError"),
        ("postgresql://app:hunter2@127.0.0.1:1/kept", "UnavailableError"),
    ]

    for wrong, name in cases:
        with pytest.raises(stillroom.StillroomError) as caught:
            stillroom.open(wrong, owner=uuid4())
        assert type(caught.value).__name__ == name, wrong
        assert "hunter2" not in str(caught.value)
