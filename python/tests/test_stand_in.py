"""The stand-in for a Supabase project, asked by the client that apps have: supabase-py.

What holds here is that the stand-in is worth something: tests of stillroom ask it in the same words.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import stand_in
import throwaway
from postgrest import APIError
from stand_in import StandIn
from supabase import AuthApiError, Client, create_client

import stillroom

PASSWORD = "of a test"
DATABASE = "project"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[StandIn, str]]:
    """A project over a database made ready, and where an app with a login of its own connects to."""
    with throwaway.server(15) as server:
        server.create(DATABASE)
        url = server.migrate(DATABASE)
        with stand_in.project(server, DATABASE) as running:
            yield running, url


@pytest.fixture
def project(served: tuple[StandIn, str]) -> StandIn:
    return served[0]


def signed_up(project: StandIn, name: str, key: str | None = None) -> tuple[Client, str]:
    """A client that signed up, and the id of its account."""
    client = create_client(project.url, key or project.publishable_key)
    answer = client.auth.sign_up({"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.user is not None
    return client, answer.user.id


def save(client: Client, page: str, key: str, value: object) -> Any:
    """As the recipe's service saves: it asks who is signed in, then merges a row with JSON within JSON."""
    user = client.auth.get_user()
    assert user is not None
    row = {
        "user_id": user.user.id,
        "page_key": page,
        "result_key": key,
        "result_data": json.dumps(value),
        "metadata": {"saved_at": "today"},
    }
    return (
        client.table("app_results").upsert(row, on_conflict="user_id,page_key,result_key").execute()
    )


def load(client: Client, page: str, key: str) -> Any:
    user = client.auth.get_user()
    assert user is not None
    found = (
        client.table("app_results")
        .select("result_data")
        .eq("user_id", user.user.id)
        .eq("page_key", page)
        .eq("result_key", key)
        .limit(1)
        .execute()
    )
    return json.loads(found.data[0]["result_data"]) if found.data else None


def test_the_recipe_saves_and_loads_what_is_its_users_alone(project: StandIn) -> None:
    ana, who = signed_up(project, "ana")
    ben, _ = signed_up(project, "ben", project.anon_key)
    first = save(ana, "Train Models", "ml_mh_results", {"acc": 0.5, "n": 3})
    again = save(ana, "Train Models", "ml_mh_results", {"acc": 0.25, "n": 4})

    assert first.data[0]["user_id"] == who
    assert [row["metadata"] for row in again.data] == [{"saved_at": "today"}]
    assert load(ana, "Train Models", "ml_mh_results") == {"acc": 0.25, "n": 4}
    assert load(ana, "Train Models", 'A,B "x" & é') is None
    assert load(ben, "Train Models", "ml_mh_results") is None
    assert ben.table("app_results").select("*").execute().data == []
    row = {"user_id": who, "page_key": "p", "result_key": "k", "result_data": 1}
    with pytest.raises(APIError) as refused:
        ben.table("app_results").insert(row).execute()
    assert refused.value.code == "42501"


def test_who_signed_in_is_told_from_who_did_not(project: StandIn) -> None:
    client, who = signed_up(project, "carla")
    client.auth.sign_out()

    with pytest.raises(APIError) as refused:
        client.table("app_results").select("*").limit(1).execute()
    assert refused.value.code == "42501"
    with pytest.raises(AuthApiError) as wrong:
        client.auth.sign_in_with_password({"email": "carla@example.com", "password": "another"})
    assert wrong.value.code == "invalid_credentials"
    session = client.auth.sign_in_with_password(
        {"email": "carla@example.com", "password": PASSWORD}
    )
    assert session.user is not None
    assert session.user.id == who
    claims = client.auth.get_claims()
    assert claims is not None
    assert (claims["claims"]["sub"], claims["headers"]["alg"]) == (who, "ES256")
    assert client.auth.refresh_session().session is not None
    assert client.table("app_results").select("*").limit(1).execute().data == []


def test_a_code_signs_in(project: StandIn) -> None:
    client = create_client(project.url, project.publishable_key)
    client.auth.sign_in_with_otp({"email": "dora@example.com"})

    code = project.tell(code_of="dora@example.com")
    answer = client.auth.verify_otp({"email": "dora@example.com", "token": code, "type": "email"})

    assert answer.user is not None
    assert answer.user.email == "dora@example.com"


def test_it_is_asked_for_what_stillroom_kept(served: tuple[StandIn, str]) -> None:
    project, url = served
    client, who = signed_up(project, "emil")
    save(client, "Train Models", "of_the_recipe", {"acc": 0.5})
    with stillroom.open(url, owner=who, signing_key=[]) as store:
        store.save("Train Models", "of_stillroom", [1, 2])
        assert store.load("Train Models", "of_the_recipe") == {"acc": 0.5}
    session = client.auth.get_session()
    assert session is not None

    request = urllib.request.Request(
        f"{project.url}/rest/v1/rpc/stillroom_list",
        json.dumps({"page": "Train Models", "limit": 10}).encode(),
        {
            "apikey": project.publishable_key,
            "Authorization": f"Bearer {session.access_token}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        listed = answer.read().decode()

    assert '"of_the_recipe"' in listed
    assert '"of_stillroom"' in listed


def test_a_fault_is_the_next_requests_alone(project: StandIn) -> None:
    client, _ = signed_up(project, "fay")
    project.tell(forget_seen=True)
    project.tell(misbehave="POST /rest/v1/app_results", fault={"html": 502})

    with pytest.raises(APIError):
        save(client, "p", "k", 1)
    save(client, "p", "k", 2)

    statuses = [seen["status"] for seen in project.tell(seen=True)]
    assert statuses == [200, 502, 200, 201]
    assert load(client, "p", "k") == 2
