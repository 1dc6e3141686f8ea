"""A store in a Supabase project, and who signs in to it: through the stand-in, over a real PostgreSQL."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import stand_in
import throwaway
from strict import assert_same

import stillroom

EMAIL = "ana@example.org"
PASSWORD = "a password of hers"


@pytest.fixture(scope="module")
def project() -> Iterator[stand_in.StandIn]:
    with throwaway.server(15) as server:
        server.create("kept")
        server.migrate("kept")
        with stand_in.project(server, "kept") as running:
            running.tell(create_user=EMAIL, password=PASSWORD)
            running.tell(create_user="bo@example.org", password=PASSWORD)
            yield running


def session_of(project: stand_in.StandIn, email: str = EMAIL) -> stillroom.Session:
    return stillroom.sign_in(project.url, project.publishable_key, email, password=PASSWORD)


def opened(project: stand_in.StandIn, email: str = EMAIL) -> stillroom.Store:
    return stillroom.open(
        project.url, key=project.publishable_key, session=session_of(project, email)
    )


def test_results_follow_whoever_signs_in(project: stand_in.StandIn) -> None:
    frame = pd.DataFrame({"x": np.arange(200_000) / 7, "name": ["a", "b"] * 100_000})
    with opened(project) as store:
        page = store.page("train_models")
        page["forecast"] = frame

    with opened(project) as again, opened(project, "bo@example.org") as bo:
        assert_same(again.load("train_models", "forecast"), frame)
        assert bo.results() == []
        with pytest.raises(stillroom.NotFoundError):
            bo.load("train_models", "forecast")
        assert again.owner is not None
        assert again.owner != bo.owner


def test_a_code_from_an_e_mail_signs_in_too(project: stand_in.StandIn) -> None:
    stillroom.send_code(project.url, project.publishable_key, EMAIL)
    code = project.tell(code_of=EMAIL)

    session = stillroom.sign_in(
        project.url,
        project.publishable_key,
        EMAIL,
        code=code if isinstance(code, str) else code["code"],
    )

    assert session.owner == session_of(project).owner


def test_a_session_is_a_plain_value_that_shows_no_token(project: stand_in.StandIn) -> None:
    session = session_of(project)

    assert copy.deepcopy(session) == session == pickle.loads(pickle.dumps(session))
    for secret in (session.access_token, session.refresh_token):
        assert secret not in f"{session!r} {session}"
    assert timedelta(minutes=59) < session.expires_at - datetime.now(UTC) < timedelta(minutes=61)
    assert not session.is_anonymous


def test_a_store_renews_its_session_and_hands_it_out(project: stand_in.StandIn) -> None:
    session = session_of(project)
    with stillroom.open(project.url, key=project.publishable_key, session=session) as store:
        assert store.session() == session
        project.tell(clock_offset=7200)
        try:
            store.save("load_data", "rows", 3)
        finally:
            project.tell(clock_offset=0)
        renewed = store.session()
        assert renewed is not None
        assert renewed.access_token != session.access_token
        assert store.as_session(renewed).load("load_data", "rows") == 3


def test_nobody_s_call_says_to_sign_in(project: stand_in.StandIn) -> None:
    with stillroom.open(project.url, key=project.publishable_key) as store:
        assert store.owner is None
        assert store.session() is None
        with pytest.raises(stillroom.UnauthenticatedError, match="sign in"):
            store.results()
        with pytest.raises(stillroom.InvalidError, match=r"stillroom\.sign_in"):
            store.as_session("hunter2")  # type: ignore[arg-type]


def test_the_environment_has_a_key_and_a_token(
    project: stand_in.StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(project)
    monkeypatch.setenv("STILLROOM_URL", project.url)
    monkeypatch.setenv("STILLROOM_KEY", project.publishable_key)
    assert stillroom.sign_in(None, None, EMAIL, password=PASSWORD).owner == session.owner

    monkeypatch.setenv("STILLROOM_TOKEN", session.access_token)
    with stillroom.open() as store:
        assert store.owner == session.owner
        assert isinstance(store.results(), list)
    monkeypatch.setenv("STILLROOM_TOKEN", session.access_token[:-6] + "AAAAAA")
    with pytest.raises(stillroom.UnauthenticatedError) as caught:
        stillroom.open()
    assert session.access_token[:-6] not in str(caught.value)


def test_what_can_t_be_used_says_why(project: stand_in.StandIn) -> None:
    key, email = project.publishable_key, EMAIL
    cases = [
        (
            (project.url, key, email, {"password": "hunter2-hunter2"}),
            "UnauthenticatedError",
            "wrong",
        ),
        (
            (project.url, key, "nobody@example.org", {"password": "hunter2"}),
            "UnauthenticatedError",
            "wrong",
        ),
        ((project.url, key, email, {"code": "hunter2"}), "UnauthenticatedError", "code"),
        ((project.url, key, email, {}), "InvalidError", "password or a code"),
        (
            (project.url, project.secret_key, email, {"password": "x"}),
            "InvalidError",
            "publishable",
        ),
        (
            (project.url, project.service_role_key, email, {"password": "x"}),
            "InvalidError",
            "publishable",
        ),
        (
            (project.url + "/rest/v1", key, email, {"password": "x"}),
            "InvalidError",
            "after its host",
        ),
        (("memory:", key, email, {"password": "x"}), "InvalidError", "Supabase project"),
        (("http://example.org", key, email, {"password": "x"}), "InvalidError", "https://"),
    ]

    for (url, wrong_key, address, how), name, words in cases:
        with pytest.raises(stillroom.StillroomError, match=words) as caught:
            stillroom.sign_in(url, wrong_key, address, **how)
        assert type(caught.value).__name__ == name, words
        for secret in ("hunter2", project.secret_key, project.service_role_key):
            assert secret not in str(caught.value)


def test_signing_out_ends_the_session(project: stand_in.StandIn) -> None:
    session = session_of(project)
    stillroom.sign_out(project.publishable_key, session)
    project.tell(clock_offset=7200)
    try:
        with (
            stillroom.open(project.url, key=project.publishable_key, session=session) as store,
            pytest.raises(stillroom.UnauthenticatedError, match="sign in again"),
        ):
            store.results()
    finally:
        project.tell(clock_offset=0)
