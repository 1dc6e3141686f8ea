"""Two people, eight tabs each, in one server: nothing of one ever reaches the other.

A real server, with sessions of its own kind: each tab is a visit by websocket whose
headers name the person, as a proxy would, and the server runs the sixteen scripts in
sixteen threads at once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit_server import Server
from visit import Visit

import stillroom
from stillroom.streamlit import _owner

APP = Path(__file__).parent / "apps" / "two_users.py"
PEOPLE = ("ada", "ana")
TABS = 8
RUNS = 10
PAGE = "training"


@pytest.fixture
def serve(project: Path, secrets: Callable[[str], None]) -> Iterator[Callable[..., Server]]:
    """`serve(identity)`: a server of the app, whose visitors are told apart by that."""
    servers = []

    def start(identity: str, app: Path = APP) -> Server:
        secrets(f'[connections.results]\nidentity = "{identity}"')
        servers.append(Server(Path(shutil.copy(app, project)), home=project))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def tab_of(server: Server, person: str, tab: int, runs: int) -> dict:
    """What one tab tells after its last run."""
    with Visit(server.address, {"X-User": person, "X-Tab": str(tab)}) as visit:
        for _ in range(runs):
            visit.rerun()
        return json.loads(visit.texts()[-1])


def tabs(server: Server, number: int, runs: int) -> dict[str, list[dict]]:
    """What the tabs of each person tell, after all of them ran at once."""
    with ThreadPoolExecutor(len(PEOPLE) * number) as pool:
        told = {
            person: [pool.submit(tab_of, server, person, tab, runs) for tab in range(number)]
            for person in PEOPLE
        }
        return {person: [one.result() for one in ones] for person, ones in told.items()}


def stored(owner: stillroom.Store) -> dict[str, dict]:
    return {record.key: owner.load(PAGE, record.key) for record in owner.results(PAGE)}


def test_nothing_of_one_person_is_read_or_written_by_the_other(serve, project):
    told = tabs(serve("header:X-User"), TABS, RUNS)

    every = [one for person in PEOPLE for one in told[person]]
    assert [one["wrong"] for one in every] == [[]] * len(PEOPLE) * TABS
    assert sum(one["steps"] for one in every) == 16_000
    store = stillroom.open(project / ".stillroom")
    assert store.results() == []
    for person in PEOPLE:
        found = stored(store.as_owner(_owner.of_header("x-user", person)))
        assert {value["of"] for value in found.values()} == {person}
        for one in told[person]:
            steps = {key: found[key]["step"] if key in found else None for key in one["held"]}
            assert steps == one["held"]


def test_people_who_share_one_owner_would_be_noticed(serve):
    told = tabs(serve("single-user"), number=2, runs=2)

    for person, other in (PEOPLE, PEOPLE[::-1]):
        wrong = [remark for one in told[person] for remark in one["wrong"]]
        assert f"a value of {other}" in wrong


COUNTED = """
import json
import streamlit as st
import stillroom.streamlit as sr

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
page = sr.page("training", session_keys=["forecast"])
if runs == 1:
    page["metrics"] = st.session_state["forecast"] = st.context.headers["X-User"]
page.panel()
st.text(json.dumps([runs, page.get("metrics"), st.session_state.get("forecast")]))
"""


@pytest.mark.parametrize("person", PEOPLE)
def test_tab_that_is_connected_again_by_somebody_else_has_nothing_of_the_first(
    serve, tmp_path, person
):
    # The computer slept, the proxy's sign-in ran out, and the next person signed in.
    app = tmp_path / "counted" / "app.py"
    app.parent.mkdir()
    app.write_text(COUNTED)
    server = serve("header:X-User", app)
    with Visit(server.address, {"X-User": "ada"}) as visit:
        visit.rerun()

    with Visit(server.address, {"X-User": person}, session=visit.session) as again:
        again.rerun()

    # It is the same session, or this would show nothing.
    kept = "ada" if person == "ada" else None
    assert json.loads(again.texts()[-1]) == [2, kept, kept]


KEPT = {
    "a module": "page = sr.page('training')\ndef opened(): return page",
    "a cache": "@st.cache_resource\ndef opened(): return sr.page('training')",
}

USES = """
import streamlit as st
import kept

page = kept.opened()
st.text(page.get("forecast"))
page["forecast"] = st.context.headers["X-User"]
page.panel()
"""


@pytest.mark.parametrize("where", KEPT.values(), ids=KEPT)
def test_page_that_an_app_shares_among_its_visitors_is_refused_to_the_second(
    serve, project, tmp_path, where
):
    # It was the first visitor's for everyone: they read and wrote that one's results.
    (project / "kept.py").write_text(
        f"import streamlit as st\nimport stillroom.streamlit as sr\n{where}"
    )
    app = tmp_path / "uses" / "app.py"
    app.parent.mkdir()
    app.write_text(USES)
    server = serve("header:X-User", app)
    with Visit(server.address, {"X-User": "ada"}) as visit:
        visit.rerun()
        # In the same tab, where the same person is still looking, it goes on.
        visit.rerun()
        assert visit.texts() == ["ada"]

    with (
        Visit(server.address, {"X-User": "ana"}) as visit,
        pytest.raises(RuntimeError, match="a page belongs to the visit it was opened for"),
    ):
        visit.rerun()

    assert visit.texts() == []
    store = stillroom.open(project / ".stillroom")
    assert stored(store.as_owner(_owner.of_header("x-user", "ada"))) == {"forecast": "ada"}
