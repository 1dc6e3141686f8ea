"""`page[key] = value`: saved first, then kept in the tab; read from the tab first."""

from __future__ import annotations

import pickle

import pytest
from reading import label, rows

import stillroom

COMPUTE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("train_models", title="Train models")
if "forecast" not in page:
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    page["forecast"] = {"rmse": 1.25}
st.text(page["forecast"]["rmse"])
page.panel()
"""


def in_app(new_tab, body: str, **session):
    """Run lines of a page that is open as `page`."""
    head = "import streamlit as st\nimport stillroom\nimport stillroom.streamlit as sr\n"
    return new_tab(f'{head}page = sr.page("p")\n{body}', **session).run()


def test_result_is_computed_once_and_found_in_a_new_tab(new_tab, local_store):
    new_tab(COMPUTE).run()

    app = new_tab(COMPUTE).run()

    assert "runs" not in app.session_state
    assert app.text[0].value == "1.25"
    assert label(app) == "1 result saved"


def test_value_is_saved_before_anything_of_streamlit_is_asked(new_tab, local_store):
    # A script whose tab is gone is stopped at its next call of Streamlit.
    in_app(
        new_tab,
        """
from unittest.mock import patch

class Gone(Exception): ...
class NoTab:
    def __getattribute__(self, name): raise Gone
    def __getitem__(self, key): raise Gone
    def __setitem__(self, key, value): raise Gone

with patch.object(st, "session_state", NoTab()), patch.object(st, "context", NoTab()):
    page["forecast"] = [1.5]
    page.update(metrics=1, models=2)
""",
    )

    assert dict(local_store.load_page("p")) == {"forecast": [1.5], "metrics": 1, "models": 2}


def test_value_is_durable_when_the_line_returns(new_tab, local_store):
    app = in_app(new_tab, 'page["forecast"] = [1.5]\nraise ValueError("the page went on")')

    assert app.exception[0].message == "the page went on"
    assert local_store.load("p", "forecast") == [1.5]


def test_value_read_is_remembered_for_the_tab(new_tab, local_store):
    local_store.save("p", "forecast", [1.5])

    app = in_app(
        new_tab,
        """
first = st.session_state.setdefault("first", page["forecast"])
st.text(first is page["forecast"])
local = stillroom.open()
local.save("p", "forecast", "newer")
""",
    ).run()

    assert app.text[0].value == "True"


def test_update_is_one_set_or_nothing(new_tab, local_store):
    app = in_app(
        new_tab,
        """
try:
    page.update(forecast=1, metrics={"scorer": lambda: 0})
except stillroom.UnsupportedError as error:
    st.text(error.path)
st.text([page["forecast"], sorted(page)])
page.panel()
""",
    )

    assert app.text[0].value == 'metrics["scorer"]'
    assert app.text[1].value == "[1, ['forecast', 'metrics']]"
    assert rows(app)["metrics"].startswith("Can't be stored: a lambda at metrics")
    assert [record.key for record in local_store.results()] == ["forecast"]


def test_save_that_failed_raises_once_and_leaves_the_value_in_the_tab(new_tab, local_store):
    page = """
if "forecast" not in page:
    page["forecast"] = lambda: 0
st.text(page["forecast"]())
"""
    app = in_app(new_tab, page)
    assert "lambda" in app.exception[0].message

    app.run()

    assert not app.exception
    assert app.text[0].value == "0"
    assert local_store.results() == []


def test_assigning_never_conflicts(new_tab, local_store):
    app = in_app(
        new_tab,
        """
page["forecast"] = 1
stillroom.open().save("p", "forecast", 2)
page["forecast"] = 3
page.panel()
""",
    )

    assert [record.version for record in local_store.history("p", "forecast")] == [3, 2, 1]
    assert label(app) == "1 result saved"


def test_deleting_forgets_it_here_and_in_the_store(new_tab, local_store):
    app = in_app(
        new_tab,
        """
page["forecast"] = 1
del page["forecast"]
st.text("forecast" in page)
try:
    del page["forecast"]
except KeyError as error:
    st.text(type(error).__name__)
""",
    )

    assert [text.value for text in app.text] == ["False", "NotFoundError"]
    assert local_store.results() == []


@pytest.mark.parametrize("call", ["page.clear()", "page.popitem()"])
def test_page_is_not_emptied_at_once(new_tab, local_store, call):
    app = in_app(new_tab, f'page["forecast"] = 1\n{call}')

    assert "one by one" in app.exception[0].message or "nobody named" in app.exception[0].message
    assert local_store.load("p", "forecast") == 1


def test_absent_key_is_a_key_error(new_tab, local_store):
    app = in_app(
        new_tab,
        'st.text([page.get("nothing"), "nothing" in page, len(page)])\npage["nothing"]',
    )

    assert app.text[0].value == "[None, False, 0]"
    assert "nothing" in app.exception[0].message


@pytest.mark.parametrize("key", ["", "k" * 513, "a\\nb"], ids=["empty", "long", "control"])
def test_bad_key_is_refused_by_name(new_tab, local_store, key):
    app = in_app(
        new_tab,
        f"""
try:
    page["{key}"] = 1
except stillroom.InvalidError as error:
    st.text("refused")
""",
    )

    assert app.text[0].value == "refused"
    assert local_store.results() == []


def test_session_key_is_written_through_too(new_tab, local_store):
    app = new_tab(
        """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
if "forecast" not in page:
    page["forecast"] = [1.5]
st.text(st.session_state["forecast"] is page["forecast"])
page.panel()
"""
    ).run()

    assert app.text[0].value == "True"
    assert local_store.load("p", "forecast") == [1.5]
    assert label(app) == "1 result saved"


def test_values_lie_under_one_private_key_and_can_be_pickled(new_tab, local_store):
    app = new_tab(COMPUTE).run()

    ours = [key for key in app.session_state if not key.startswith("stillroom-")]
    assert sorted(ours) == ["_stillroom", "runs"]
    copy = pickle.loads(pickle.dumps(app.session_state["_stillroom"]))
    assert copy["results"].pages["train_models"].values == {"forecast": {"rmse": 1.25}}


def test_streamlit_may_be_told_to_allow_only_what_can_be_pickled(new_tab, local_store, option):
    option("runner.enforceSerializableSessionState", True)
    local_store.save("q", "frame", b"x" * 10_000)

    app = new_tab(COMPUTE + 'st.text(len(sr.page("q", session_keys=["frame"])["frame"]))').run()

    assert not app.exception
    assert app.text[1].value == "10000"


def test_two_pages_may_use_one_key(new_tab, local_store):
    app = in_app(
        new_tab,
        """
other = sr.page("q")
page["forecast"], other["forecast"] = 1, 2
st.text([page["forecast"], other["forecast"]])
""",
    )

    assert app.text[0].value == "[1, 2]"
    assert [(r.page, r.key) for r in local_store.results()] == [
        ("p", "forecast"),
        ("q", "forecast"),
    ]


def test_result_of_a_script_is_on_the_page(new_tab):
    stillroom.open().page("train_models")["forecast"] = {"rmse": 7}

    app = new_tab(COMPUTE).run()

    assert app.text[0].value == "7"


def test_model_is_kept_and_opened_by_the_store_s_own_key(new_tab, local_store):
    compute = """
from sklearn.linear_model import LinearRegression
page["model"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
"""
    in_app(new_tab, compute)

    app = in_app(new_tab, 'st.text(round(page["model"].predict([[3.0]])[0], 6))')

    assert app.text[0].value == "6.0"
