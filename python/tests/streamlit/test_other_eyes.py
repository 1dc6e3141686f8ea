"""What somebody else sees, and what is left of one person when another one looks."""

from __future__ import annotations

import logging

import pytest
from fingerprint import fingerprint
from reading import label, rows, words

from stillroom.streamlit import _access, _owner, _words

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

THREAD = """
import threading
import streamlit as st
from stillroom.streamlit import StillroomConnection

results = st.connection("results", type=StillroomConnection)
store = results.as_owner(results.owner)
said = []

def work():
    try:
        store.save("p", "forecast", "in a thread")
    except Exception as error:
        said.append(str(error))

thread = threading.Thread(target=work)
thread.start()
thread.join()
st.text(said)
"""

ANA = {"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"}
ADA = ANA | {"sub": "ada"}
FROM_THE_PROXY = {"Host": "app.example.org", "Origin": "https://app.example.org"}
OWNERS = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")


@pytest.fixture
def signed_in(monkeypatch):
    """`signed_in(owner)`: whose results those of the next runs are, in one store's session."""

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


def test_person_at_this_computer_is_shown_the_lines(new_tab, option):
    option("server.trustedUserHeaders", {"X-User": "user"})

    app = new_tab(PAGE, compute=True).run()

    assert label(app) == "Choose whose results these are"
    assert app.code[0].value == _words.LINES
    assert app.text[0].value == "['computed here', 'computed here']"


def test_app_that_trusts_headers_is_never_local(new_tab, option, project):
    option("server.trustedUserHeaders", {"X-User": "user"})

    new_tab(PAGE, compute=True).run()

    assert not (project / ".stillroom").exists()


def test_signed_out_reads_and_writes_nothing(new_tab, signs_in, local_store, project):
    local_store.save_page("p", {"forecast": "secret", "metrics": "secret"})
    before = fingerprint(project / ".stillroom")
    signs_in(None)

    app = new_tab(PAGE, compute=True).run().run()

    assert app.text[0].value == "['computed here', 'computed here']"
    assert "Sign in to keep your results between visits." in words(app)
    assert fingerprint(project / ".stillroom") == before


def test_signed_out_visitors_make_no_store(new_tab, signs_in, project):
    signs_in(None)

    new_tab(PAGE, compute=True).run()

    assert not (project / ".stillroom").exists()


def test_being_signed_out_is_no_line_in_the_log(new_tab, signs_in, caplog):
    signs_in(None)

    new_tab(PAGE).run()

    assert [one for one in caplog.records if one.name == "stillroom.streamlit"] == []


def test_everybody_who_signs_in_has_results_of_their_own(new_tab, signs_in, local_store):
    signs_in(ANA)
    new_tab(PAGE, compute=True).run()

    signs_in(ADA)
    ada = new_tab(PAGE).run()
    signs_in(ANA)
    ana = new_tab(PAGE).run()

    assert ada.text[0].value == "[None, None]"
    assert ana.text[0].value == "['computed here', 'computed here']"
    kept = local_store.as_owner(_owner.of_sign_in(ANA)).results("p")
    assert [record.key for record in kept] == ["forecast", "metrics"]
    assert local_store.results() == []


def test_sign_in_that_names_nobody_keeps_nothing(new_tab, signs_in, project, caplog):
    # What Streamlit's health check and AppTest have for a user has no issuer either.
    signs_in({"is_logged_in": True, "email": "test@example.com"})

    app = new_tab(PAGE, compute=True).run()

    assert app.text[0].value == "['computed here', 'computed here']"
    assert "Saving isn't set up for this app yet." in words(app)
    assert "let the provider send the claims iss and sub" in caplog.text
    assert "test@example.com" not in caplog.text
    assert not (project / ".stillroom").exists()


def test_user_of_the_health_check_is_signed_out(new_tab, signs_in, project):
    signs_in({"email": "test@example.com"})

    app = new_tab(PAGE, compute=True).run()

    assert "Sign in to keep your results between visits." in words(app)
    assert not (project / ".stillroom").exists()


def test_signing_out_drops_everything(new_tab, signs_in, local_store):
    local_store.as_owner(_owner.of_sign_in(ANA)).save_page(
        "p", {"forecast": "ana's", "metrics": "ana's"}
    )
    signs_in(ANA)
    app = new_tab(PAGE).run()
    assert app.text[0].value == '["ana\'s", "ana\'s"]'

    signs_in(None)
    app.run()

    assert app.text[0].value == "[None, None]"
    assert "ana's" not in words(app)
    assert "ana's" not in str(app.session_state.to_dict())


def test_everybody_whom_the_proxy_names_has_results_of_their_own(new_tab, secrets, visitor):
    secrets('[connections.results]\nidentity = "header:X-User"')
    visitor(FROM_THE_PROXY | {"X-User": "ana"}, "10.0.0.7")
    new_tab(PAGE, compute=True).run()

    visitor(FROM_THE_PROXY | {"X-User": "ada"}, "10.0.0.7")
    ada = new_tab(PAGE).run()
    visitor(FROM_THE_PROXY | {"x-user": "ana"}, "10.0.0.8")
    ana = new_tab(PAGE).run()

    assert ada.text[0].value == "[None, None]"
    assert ana.text[0].value == "['computed here', 'computed here']"


UNNAMED = {
    "no header": [],
    "an empty header": [("X-User", "")],
    "a header of the visitor's own beside it": [("X-User", "ada"), ("X-User", "ana")],
    "the same header twice": [("X-User", "ana"), ("x-user", "ana")],
}


@pytest.mark.parametrize("sent", UNNAMED.values(), ids=UNNAMED)
def test_whom_the_proxy_does_not_name_keeps_nothing(
    new_tab, secrets, visitor, project, caplog, sent
):
    secrets('[connections.results]\nidentity = "header:X-User"')
    visitor([*FROM_THE_PROXY.items(), *sent], "10.0.0.7")

    app = new_tab(PAGE, compute=True).run()

    assert app.text[0].value == "['computed here', 'computed here']"
    assert "Saving isn't set up for this app yet." in words(app)
    assert "header `x-user` is" in caplog.text
    assert not (project / ".stillroom").exists()


def test_thread_works_for_the_owner_that_the_page_names(new_tab, signs_in, local_store):
    signs_in(ANA)

    new_tab(THREAD).run()

    assert local_store.as_owner(_owner.of_sign_in(ANA)).load("p", "forecast") == "in a thread"
    assert local_store.results() == []


def test_thread_that_names_no_owner_is_refused(new_tab, signs_in, local_store):
    signs_in(ANA)

    app = new_tab(THREAD.replace("results.as_owner(results.owner)", "results")).run()

    assert "there is no browser behind this call" in app.text[0].value
    assert local_store.results() == []
    assert local_store.as_owner(_owner.of_sign_in(ANA)).results() == []


def test_connection_asked_by_somebody_signed_out_says_so(new_tab, signs_in):
    signs_in(None)

    app = new_tab(THREAD).run()

    assert "nobody is signed in" in app.exception[0].message


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
    secrets('[auth]\ncookie_secret = "hunter2"\n[connections.results]\nidentity = "local"')
    somebody_else()

    new_tab(PAGE, compute=True).run()

    assert "hunter2" not in caplog.text
    assert "computed here" not in caplog.text
