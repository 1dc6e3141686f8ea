"""Somebody else at the same screen: each sees their own, each time, and nothing of the other."""

from __future__ import annotations

import os

import pytest
from reading import label, opened, rows, words

from stillroom.streamlit import _owner

# Names that no address of an object and no UUID can hold by chance.
ANA = {"iss": "https://id.example.org", "sub": "ana's", "is_logged_in": True}
IVO = ANA | {"sub": "ivo's"}

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"], max_auto_mb=st.session_state.get("limit", 50))
for key, value in st.session_state.pop("assigned", {}).items():
    page[key] = value
st.text([st.session_state.get("forecast"), *(page._tab.get(k) for k in page._tab.memory.values)])
page.panel()
"""


def of(app) -> str:
    """Everything that the session holds, as text."""
    return str(app.session_state.to_dict())


def test_two_users_swapping_in_one_browser_see_their_own_each_time(new_tab, signs_in):
    app = new_tab(PAGE)
    for claims in (ANA, IVO, ANA, None, IVO):
        name = "nobody's" if claims is None else claims["sub"]
        signs_in(claims)
        if claims is not None:
            app.session_state["assigned"] = {"metrics": name, "forecast": name}
        app.run()
        others = {"ana's", "ivo's"} - {name}

        assert app.text[0].value == (str([name, name]) if claims else "[None]")
        assert not any(other in of(app) + words(app) for other in others)


def test_what_a_click_loaded_goes_with_its_owner(new_tab, signs_in):
    signs_in(ANA)
    new_tab(PAGE, assigned={"forecast": "ana's"}).run()
    app = new_tab(PAGE, limit=0).run()
    rows(app)
    app.button(key="stillroom-p-row-forecast-do").click().run()
    assert app.text[0].value == str(["ana's"])

    signs_in(IVO)
    app.run()

    assert app.text[0].value == "[None]"
    assert "ana's" not in of(app) + words(app)


def test_what_could_be_undone_goes_with_its_owner(new_tab, signs_in, local_store):
    signs_in(ANA)
    mine = local_store.as_owner(_owner.of_sign_in(ANA))
    mine.save("p", "forecast", "ana's first")
    app = new_tab(PAGE, assigned={"forecast": "ana's second"}).run()
    app.session_state["forecast"] = "ana's third"
    choose(app, "forecast", "Load version 2")
    assert "ana's third" in of(app)

    signs_in(IVO)
    app.run()

    assert "ana's" not in of(app) + words(app)
    assert "stillroom-p-row-forecast-do" not in [button.key for button in app.button]


@pytest.mark.parametrize("action", ["Preview", "Versions", "Download", "Delete"])
def test_open_dialog_closes_for_the_next_person(new_tab, signs_in, action):
    signs_in(ANA)
    app = new_tab(PAGE, assigned={"ana's forecast": "ana's"}).run()
    choose(app, "ana's forecast", action)
    assert dialogs(app)

    signs_in(IVO)
    app.run()

    assert not dialogs(app)
    assert "ana's" not in of(app) + words(app)


def test_result_that_somebody_looked_for_is_not_named_to_the_next_person(
    new_tab, signs_in, local_store
):
    for claims in (ANA, IVO):
        results = {f"{claims['sub']} {number}": number for number in range(30)}
        local_store.as_owner(_owner.of_sign_in(claims)).save_page("p", results)
    signs_in(ANA)
    app = new_tab(PAGE).run()
    opened(app)
    app.selectbox(key="stillroom-p-find").set_value("ana's 29").run()

    signs_in(IVO)
    app.run()

    assert app.selectbox(key="stillroom-p-find").value is None
    assert "ana's" not in of(app) + words(app)


def test_nothing_of_one_person_is_shown_to_the_next_while_the_store_can_not_be_opened(
    new_tab, signs_in, restarted, project
):
    # It was: whose results they are was not asked as long as there was no store to ask.
    signs_in(ANA)
    app = new_tab(PAGE, assigned={"metrics": "ana's", "forecast": "ana's"}).run()
    can_not_be_opened(project, restarted)

    signs_in(IVO)
    app.run()

    assert label(app) == "Results store can't be reached"
    assert app.text[0].value == "[None]"
    assert "ana's" not in of(app) + words(app)


def test_same_person_keeps_what_is_in_the_tab_while_the_store_can_not_be_opened(
    new_tab, signs_in, restarted, project
):
    signs_in(ANA)
    app = new_tab(PAGE, assigned={"metrics": "ana's", "forecast": "ana's"}).run()
    can_not_be_opened(project, restarted)

    app.run()

    assert label(app) == "Results store can't be reached"
    assert app.text[0].value == str(["ana's", "ana's"])


def test_click_of_the_next_person_does_nothing_while_the_store_can_not_be_opened(
    new_tab, signs_in, restarted, project
):
    signs_in(ANA)
    app = new_tab(PAGE, assigned={"metrics": "ana's"}).run()
    can_not_be_opened(project, restarted)
    opened(app.run())

    signs_in(IVO)
    choose(app, "metrics", "Download")

    assert not dialogs(app)
    assert "ana's" not in of(app) + words(app)


ALONE = """
import streamlit as st
import stillroom.streamlit as sr
from stillroom.streamlit import _panel

held = st.session_state.get("held")
if held is None:
    page = sr.page("p")
    page["metrics"] = "ana's"
    page.panel()
    st.session_state["held"] = page._tab
else:
    # As Streamlit runs a fragment: with what it was given when the page ran last.
    _panel._panel(held, "stillroom-p", looks_again=False, known=[])
"""


def test_panel_that_runs_by_itself_draws_nothing_for_the_next_person(
    new_tab, signs_in, monkeypatch
):
    # A websocket that is lost and found again may be another person's by then.
    signs_in(ANA)
    app = new_tab(ALONE).run()
    assert label(app) == "1 result saved"
    begun = []
    monkeypatch.setattr("streamlit.rerun", lambda: begun.append(True) or stop())

    signs_in(IVO)
    app.run()

    assert begun == [True]
    assert not app.expander


def test_panel_that_runs_by_itself_goes_on_for_the_same_person(new_tab, signs_in):
    signs_in(ANA)
    app = new_tab(ALONE).run()

    app.run()

    assert label(app) == "1 result saved"


def stop():
    import streamlit

    streamlit.stop()


def can_not_be_opened(project, restarted) -> None:
    """The server starts anew, and its store lies open to others by now."""
    os.chmod(project / ".stillroom", 0o777)
    restarted()


def choose(app, key: str, action: str) -> None:
    """Pick an action from a row's menu."""
    opened(app)
    (menu,) = [one for one in app.get("menu_button") if one.key == f"stillroom-p-row-{key}-menu"]
    menu.set_value(action).run()


def dialogs(app) -> list:
    """The dialogs that are open."""
    return list(app.get("dialog"))


TWO_STORES = """
import streamlit as st
import stillroom.streamlit as sr

team = st.connection("results", type=sr.StillroomConnection, identity="single-user")
mine = sr.page("mine", session_keys=["forecast"], autosave=False)
ours = sr.page("ours", session_keys=["plan"], autosave=False, conn=team)
st.session_state.update(st.session_state.pop("computed", {}))
st.text([st.session_state.get("forecast"), st.session_state.get("plan")])
mine.panel()
ours.panel()
"""


def test_page_of_one_and_page_of_all_keep_what_is_in_the_tab(new_tab, signs_in):
    # It was: both went by one name, and each dropped what the other's owner had.
    signs_in(ANA)
    app = new_tab(TWO_STORES, computed={"forecast": "ana's", "plan": "the team's"}).run()

    app.run()

    assert app.text[0].value == str(["ana's", "the team's"])


HELD = """
import streamlit as st
import stillroom.streamlit as sr

if "page" not in st.session_state:
    st.session_state["page"] = sr.page("p")
page = st.session_state["page"]
st.text(page.setdefault("metrics", "ana's"))
"""


def test_page_that_an_app_keeps_in_the_session_is_refused_to_the_next_person(new_tab, signs_in):
    signs_in(ANA)
    app = new_tab(HELD).run().run()
    assert app.text[0].value == "ana's"

    signs_in(IVO)
    app.run()

    assert "a page belongs to the visit it was opened for" in app.exception[0].message
    assert not app.text


CLICKED = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")

def add():
    page["clicks"] = page.get("clicks", 0) + 1

st.button("Add", on_click=add)
st.text(page.get("clicks"))
"""


def test_click_uses_the_page_of_the_run_before_for_the_same_person_and_no_other(new_tab, signs_in):
    signs_in(ANA)
    app = new_tab(CLICKED).run()
    app.button[0].click().run()
    assert app.text[0].value == "1"

    signs_in(IVO)
    app.button[0].click().run()

    assert "a page belongs to the visit it was opened for" in app.exception[0].message
    signs_in(ANA)
    assert new_tab(CLICKED).run().text[0].value == "1"
