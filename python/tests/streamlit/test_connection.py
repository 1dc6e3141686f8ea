"""The connection: `Store`'s methods for whoever asks, and nothing about anybody on it."""

from __future__ import annotations

import inspect
import threading

import pytest
from streamlit.connections import BaseConnection

import stillroom
from stillroom.streamlit import StillroomConnection

OWN = {"reset", "scope"}


def methods(of: type) -> dict[str, object]:
    return {name: getattr(of, name) for name in dir(of) if not name.startswith("_")}


def test_connection_has_exactly_the_methods_of_a_store():
    assert methods(StillroomConnection).keys() - OWN == methods(stillroom.Store).keys()
    assert methods(BaseConnection).keys() - {"close"} == OWN


@pytest.mark.parametrize(
    "name", [name for name, one in methods(stillroom.Store).items() if callable(one)]
)
def test_methods_take_what_those_of_a_store_take(name):
    ours = inspect.signature(getattr(StillroomConnection, name))

    assert ours == inspect.signature(getattr(stillroom.Store, name))


def test_one_connection_serves_all_sessions():
    assert StillroomConnection.scope() == "global"


def test_every_method_serves_whoever_is_looking(new_tab, local_store):
    app = new_tab(
        """
import streamlit as st
from stillroom.streamlit import StillroomConnection

results = st.connection("results", type=StillroomConnection)
results.save("p", "forecast", [1.5])
results.save_page("p", {"metrics": 2})
results.page("p")["third"] = 3
st.text(results.load("p", "forecast"))
st.text(dict(results.load_page("p", ["metrics"])))
st.text([record.key for record in results.results("p")])
st.text(len(results.history("p", "metrics")))
st.text(results.check([1]).ok)
st.text(results.usage().results)
st.text(len(results.delete("p", "third").versions))
st.text(results.owner)
st.text(results.location)
"""
    ).run()

    assert not app.exception
    assert [text.value for text in app.text] == [
        "[1.5]",
        "{'metrics': 2}",
        "['forecast', 'metrics', 'third']",
        "1",
        "True",
        "3",
        "1",
        local_store.owner,
        local_store.location,
    ]


def test_secrets_can_name_the_class(new_tab, secrets):
    secrets('[connections.results]\ntype = "stillroom.streamlit.StillroomConnection"')

    app = new_tab('import streamlit as st\nst.text(st.connection("results").results())').run()

    assert app.text[0].value == "[]"


def test_thread_that_nobody_stands_behind_is_told_so(local_store):
    connection = StillroomConnection("results")
    raised = []

    def call():
        try:
            connection.results()
        except stillroom.UnauthenticatedError as error:
            raised.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()

    assert len(raised) == 1
    assert "there is no browser behind this call" in raised[0]
    assert "use as_owner" in raised[0]


def test_thread_names_the_owner(local_store):
    local_store.save("p", "forecast", 1)
    connection = StillroomConnection("results")

    assert connection.as_owner(local_store.owner).load("p", "forecast") == 1


def test_visitor_who_may_not_is_refused(new_tab, somebody_else, local_store):
    local_store.save("p", "forecast", 1)
    somebody_else()

    app = new_tab(
        """
import stillroom
import streamlit as st
from stillroom.streamlit import StillroomConnection

results = st.connection("results", type=StillroomConnection)
for call in (lambda: results.load("p", "forecast"), results.results, lambda: results.owner):
    try:
        call()
    except stillroom.UnauthenticatedError as error:
        st.text(type(error).__name__)
"""
    ).run()

    assert not app.exception
    assert [text.value for text in app.text] == ["UnauthenticatedError"] * 3


def test_closing_twice_is_fine_and_the_next_call_opens_again(local_store):
    connection = StillroomConnection("results", identity="single-user")
    connection.save("p", "forecast", 1)

    connection.close()
    connection.close()

    assert connection.load("p", "forecast") == 1


def test_page_goes_on_after_its_connection_was_closed(new_tab, local_store):
    app = new_tab(
        """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")
st.connection("results", type=sr.StillroomConnection).close()
page["forecast"] = 1
st.text(dict(page))
"""
    ).run()

    assert not app.exception
    assert app.text[0].value == "{'forecast': 1}"


def test_nothing_about_a_visitor_is_on_the_connection(new_tab, visitor, local_store):
    page = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")
page["forecast"] = "computed"
connection = st.connection("results", type=sr.StillroomConnection)
st.text(sorted(vars(connection)))
st.text(vars(connection))
"""
    one = new_tab(page).run()
    visitor({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:1", "Cookie": "secret"})
    two = new_tab(page).run()

    assert one.text[1].value == two.text[1].value
    assert "secret" not in two.text[1].value
    assert "computed" not in two.text[1].value
    assert "_chosen" in one.text[0].value


def test_another_store_is_handed_over_as_a_connection(new_tab, tmp_path, local_store):
    app = new_tab(
        f"""
import streamlit as st
import stillroom.streamlit as sr

other = st.connection("results", type=sr.StillroomConnection, url="{tmp_path}/other")
page, same_name = sr.page("p"), sr.page("p", conn=other)
page["forecast"], same_name["forecast"] = 1, 2
st.text([page["forecast"], same_name["forecast"]])
"""
    ).run()

    assert app.text[0].value == "[1, 2]"
    assert local_store.load("p", "forecast") == 1
    assert stillroom.open(tmp_path / "other").load("p", "forecast") == 2
