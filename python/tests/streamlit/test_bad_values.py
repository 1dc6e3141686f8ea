"""Stored values that can't be read here, and values that come and go."""

from __future__ import annotations

import importlib
import sys

import forge
import pytest
from reading import label, rows

import stillroom

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=st.session_state.get("declared", ["forecast"]))
st.session_state.update(st.session_state.pop("computed", {}))
for key, value in st.session_state.pop("assigned", {}).items():
    page[key] = value
page.panel()
"""


def kept(store: stillroom.Store) -> dict[str, object]:
    """What a store holds of the page."""
    return dict(store.load_page("p"))


def test_value_whose_class_is_gone_keeps_the_others(new_tab, local_store, tmp_path, monkeypatch):
    (tmp_path / "gone.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Config:\n    trees: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    config = importlib.import_module("gone").Config(24)
    local_store.save_page("p", {"config": config, "forecast": 1})
    monkeypatch.delitem(sys.modules, "gone")
    (tmp_path / "gone.py").unlink()

    app = new_tab(PAGE, declared=["config", "forecast"]).run()

    assert app.session_state["forecast"] == 1
    assert "config" not in app.session_state
    assert rows(app)["config"] == "Saved, but needs the class Config to open."
    assert label(app) == "1 result can't be opened"
    assert [record.version for record in local_store.history("p", "config")] == [1]


@pytest.mark.parametrize("how", ["session key", "mapping"])
def test_value_written_by_a_newer_release_keeps_the_others(new_tab, local_store, project, how):
    local_store.save_page("p", {"config": 24, "forecast": 1})
    newer = bytearray(forge.manifest(24))
    # The format's number stands right after its name.
    newer[len(b"\x85\x69stillroom")] += 1
    forge.Row(project / ".stillroom", "p", "config").forge(bytes(newer))
    declared = ["config", "forecast"] if how == "session key" else ["forecast"]
    read = (
        '\ntry:\n    page["config"]\nexcept Exception as error:\n    st.text(type(error).__name__)'
    )

    app = new_tab(PAGE.replace("\npage.panel()", f"{read}\npage.panel()"), declared=declared).run()

    assert app.session_state["forecast"] == 1
    assert app.text[0].value == "UnsupportedError"
    assert rows(app)["config"] == "Saved by a newer stillroom. Update to open it."
    assert label(app) == "1 result can't be opened"


def test_value_of_a_newer_release_is_not_replaced_by_itself(new_tab, local_store, project):
    local_store.save("p", "forecast", 24)
    newer = bytearray(forge.manifest(24))
    newer[len(b"\x85\x69stillroom")] += 1
    forge.Row(project / ".stillroom", "p", "forecast").forge(bytes(newer))

    app = new_tab(PAGE, computed={"forecast": "computed again"}).run().run()

    assert [record.version for record in local_store.history("p", "forecast")] == [1]
    assert app.session_state["forecast"] == "computed again"


@pytest.mark.parametrize("again", [[1.5, 2.5], [9.5]], ids=["equal", "another"])
def test_result_cleared_and_computed_again_is_saved_again(new_tab, local_store, again):
    app = new_tab(PAGE, computed={"forecast": [1.5, 2.5]}).run()

    del app.session_state["forecast"]
    app.run()
    app.session_state["computed"] = {"forecast": again}
    app.run()

    assert label(app) == "1 result saved"
    assert kept(local_store) == {"forecast": again}
    # An equal one makes no version.
    assert len(local_store.history("p", "forecast")) == (1 if again == [1.5, 2.5] else 2)


def test_stored_none_comes_back_and_counts_as_saved(new_tab, local_store):
    local_store.save("p", "forecast", None)

    app = new_tab(PAGE).run()

    assert app.session_state["forecast"] is None
    assert label(app) == "1 result saved"
    assert rows(app)["forecast"].startswith("None")
    assert [toast.value[:17] for toast in new_tab(PAGE).run().toast] == ["Restored 1 result"]


def test_none_in_place_of_a_stored_none_is_not_taken_for_work(new_tab, local_store):
    local_store.save("p", "forecast", None)
    app = new_tab(PAGE).run()

    app.session_state["forecast"] = [1.5]
    app.run()
    app.session_state["forecast"] = None
    app.run()

    assert "Not loaded" in rows(app)["forecast"]
    assert kept(local_store) == {"forecast": [1.5]}


class Unmeasured(list):
    def __len__(self):
        raise RuntimeError("no length")


class Unclassed:
    @property
    def __class__(self):
        raise RuntimeError("no class")


class Unpickled:
    def __reduce_ex__(self, protocol):
        raise ValueError("no pickle")


class Uncompared:
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __repr__(self):
        raise RuntimeError("no picture")


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


# Made in the test: pytest looks at its arguments more closely than a page may.
ODD = {
    "a list without a length": lambda: Unmeasured([1]),
    "an object without a class": Unclassed,
    "an object that can't be pickled": Unpickled,
    "an object that can't be compared or printed": Uncompared,
    "an open file": lambda: sys.stderr,
    "a generator": lambda: (one for one in ()),
    "a module": lambda: sys,
    "too many levels": lambda: nested(5_000),
}


@pytest.mark.parametrize("autosave", [True, False], ids=["by itself", "by hand"])
@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_value_that_no_store_can_take_stops_neither_the_page_nor_the_others(
    new_tab, local_store, make, autosave
):
    script = PAGE.replace('["forecast"]))', f'["forecast"]), autosave={autosave})')
    app = new_tab(script, declared=["odd", "forecast"], computed={"odd": make(), "forecast": 1})
    app.run().run()

    if not autosave:
        rows(app)
        app.button(key="stillroom-p-save").click().run()

    assert not app.exception
    assert local_store.load("p", "forecast") == 1
    assert set(rows(app)) == {"odd", "forecast"}
