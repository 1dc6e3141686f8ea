"""What somebody else sees, and what is left of one person when another one looks."""

from __future__ import annotations

import logging

import pytest
from fingerprint import fingerprint
from reading import label, rows, words

from stillroom.streamlit import _access

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
if "metrics" not in page and st.session_state.pop("compute", False):
    page["metrics"] = "computed here"
    st.session_state["forecast"] = "computed here"
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""

OWNERS = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")


@pytest.fixture
def signed_in(monkeypatch):
    """`signed_in(owner)`: the identity of the next runs, as a later one will give it."""

    def become(owner: str) -> None:
        monkeypatch.setattr(_access, "owner_of", lambda decision, store: owner)

    return become


def test_visit_by_way_of_a_proxy_writes_nothing_and_keeps_values_in_the_tab(
    new_tab, somebody_else, project
):
    somebody_else()

    app = new_tab(PAGE, compute=True).run().run()

    assert app.text[0].value == "['computed here', 'computed here']"
    assert label(app) == "Saved results"
    assert "Saving isn't set up for this app yet." in words(app)
    assert [path.name for path in project.iterdir()] == [".streamlit"]


def test_visit_by_way_of_a_proxy_reads_nothing(new_tab, somebody_else, local_store, project):
    local_store.save_page("p", {"forecast": "secret", "metrics": "secret"})
    before = fingerprint(project / ".stillroom")
    somebody_else()

    app = new_tab(PAGE).run()

    assert app.text[0].value == "[None, None]"
    assert "secret" not in words(app)
    assert "metrics" not in words(app)
    assert fingerprint(project / ".stillroom") == before


def test_refusal_is_in_the_log_once_and_not_on_the_screen(new_tab, somebody_else, caplog):
    somebody_else()

    app = new_tab(PAGE).run().run().run()

    lines = [record.message for record in caplog.records if record.name == "stillroom.streamlit"]
    assert len(lines) == 1
    assert "this app is open to others (peer 10.0.0.7) and no identity is set" in lines[0]
    assert "identity" not in words(app)
    assert "secrets.toml" not in words(app)


def test_person_at_this_computer_is_shown_the_lines(new_tab, secrets):
    secrets('[auth]\ncookie_secret = "x"')

    app = new_tab(PAGE, compute=True).run()

    assert label(app) == "Choose whose results these are"
    assert app.code[0].value == '[connections.results]\nidentity = "single-user"'
    assert app.text[0].value == "['computed here', 'computed here']"


def test_app_with_a_sign_in_is_never_local(new_tab, secrets, project, somebody_else):
    secrets('[auth]\ncookie_secret = "x"')
    somebody_else()

    app = new_tab(PAGE, compute=True).run()

    assert "Saving isn't set up for this app yet." in words(app)
    assert not (project / ".stillroom").exists()


def test_app_that_trusts_headers_is_never_local(new_tab, option, project):
    option("server.trustedUserHeaders", {"X-User": "user"})

    new_tab(PAGE, compute=True).run()

    assert not (project / ".stillroom").exists()


def test_everything_is_dropped_when_the_identity_changes(new_tab, local_store, somebody_else):
    # D3 of the recipe: after another sign-in in one browser, user b saw user a's result.
    local_store.save_page("p", {"forecast": "secret", "metrics": "secret"})
    app = new_tab(PAGE).run()
    assert app.text[0].value == "['secret', 'secret']"

    somebody_else()
    app.run()

    assert app.text[0].value == "[None, None]"
    assert "secret" not in words(app)
    assert "secret" not in str(app.session_state.to_dict())


def test_second_owner_in_one_tab_gets_their_own(new_tab, local_store, signed_in):
    one, two = OWNERS
    local_store.as_owner(one).save_page("p", {"forecast": "one's", "metrics": "one's"})
    local_store.as_owner(two).save_page("p", {"forecast": "two's"})
    signed_in(one)
    app = new_tab(PAGE).run()
    assert app.text[0].value == '["one\'s", "one\'s"]'

    signed_in(two)
    app.run()

    assert app.text[0].value == '[None, "two\'s"]'
    assert "metrics" not in rows(app)
    assert "one's" not in str(app.session_state.to_dict())
    assert [r.key for r in local_store.as_owner(two).results()] == ["forecast"]


def test_unsaved_work_of_one_is_not_saved_as_another_s(new_tab, local_store, signed_in):
    one, two = OWNERS
    page = PAGE.replace('["forecast"])', '["forecast"], autosave=False)')
    signed_in(one)
    app = new_tab(page, forecast="one's").run()
    assert label(app) == "1 result not saved"

    signed_in(two)
    app.run()

    assert "forecast" not in app.session_state
    assert local_store.as_owner(two).results() == []


def test_what_was_computed_before_is_saved_once_somebody_is_known(
    new_tab, local_store, visitor, somebody_else
):
    somebody_else()
    app = new_tab(PAGE, compute=True).run()

    visitor()
    app.run()

    assert app.text[0].value == "['computed here', 'computed here']"
    assert label(app) == "All 2 results saved"
    assert local_store.load("p", "metrics") == "computed here"


def test_restore_waits_for_somebody_to_be_known(new_tab, local_store, visitor, somebody_else):
    # D31 of the recipe: not signed in at the first run meant never loaded.
    local_store.save("p", "forecast", "kept")
    somebody_else()
    app = new_tab(PAGE).run()

    visitor()
    app.run()

    assert app.session_state["forecast"] == "kept"


def test_click_does_nothing_when_somebody_else_is_asking_by_now(new_tab, local_store, signed_in):
    one, two = OWNERS
    page = PAGE.replace('["forecast"])', '["forecast"], autosave=False)')
    signed_in(one)
    app = new_tab(page, forecast="one's").run()

    signed_in(two)
    app.button(key="stillroom-p-save").click().run()

    assert local_store.as_owner(one).results() == []
    assert local_store.as_owner(two).results() == []
    assert "forecast" not in app.session_state


def test_shared_results_say_so_to_everyone(new_tab, secrets, somebody_else, local_store):
    secrets('[connections.results]\nidentity = "single-user"')
    local_store.save("p", "forecast", "shared")
    somebody_else()

    app = new_tab(PAGE).run()

    assert app.session_state["forecast"] == "shared"
    assert "Everyone who opens this app shares these results." in words(app)
    assert str(local_store.location) not in words(app).replace("\\", "")


def test_local_person_is_shown_where_results_lie(new_tab, local_store):
    app = new_tab(PAGE, compute=True).run()

    assert f"Kept in {local_store.location}" in words(app).replace("\\", "")


def test_secret_of_the_developer_is_not_in_the_log(new_tab, secrets, somebody_else, caplog):
    caplog.set_level(logging.DEBUG, "stillroom")
    secrets('[auth]\ncookie_secret = "hunter2"')
    somebody_else()

    new_tab(PAGE, compute=True).run()

    assert "hunter2" not in caplog.text
    assert "computed here" not in caplog.text
