"""A thousand results on one page: all are counted, few are drawn, each can be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from counting import count_calls
from reading import label, opened, rows
from streamlit.testing.v1.element_tree import Block

import stillroom
from stillroom.streamlit import _rows
from stillroom.streamlit._tab import Tab

NAMES = [f"result {number:04}" for number in range(1_000)]

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=st.session_state.get("declared", []))
page.update(st.session_state.pop("assigned", {}))
st.session_state.update(st.session_state.pop("computed", {}))
page.panel()
"""

ROWS = 20
"""How many rows are drawn at most, beside one that was looked for."""

ELEMENTS = 7 * ROWS
"""A row is a box in a box with a name, a sentence, a button and a menu, and there are a few more."""

KINDS = pytest.mark.parametrize("declared", [[], NAMES], ids=["mapping", "session keys"])


@pytest.fixture
def calls(local_store, monkeypatch) -> Counter[str]:
    """How often each call of the store was made; a thousand results are in it."""
    local_store.save_page("p", {name: number for number, name in enumerate(NAMES)})
    return count_calls(monkeypatch)


def elements(block: Block) -> Iterator[object]:
    """Everything that is drawn in a block."""
    for child in block.children.values():
        yield child
        if isinstance(child, Block):
            yield from elements(child)


@KINDS
def test_thousand_results_are_one_line_and_a_closed_panel_draws_nothing_else(
    new_tab, calls, declared
):
    app = new_tab(PAGE, declared=declared).run()

    assert label(app) == "All 1,000 results saved"
    assert [block.type for block in elements(app.main)] == ["flex_container", "expander"]


@KINDS
def test_thousand_results_have_twenty_rows_and_a_place_to_find_the_others(new_tab, calls, declared):
    app = new_tab(PAGE, declared=declared).run()

    assert list(rows(app)) == NAMES[:ROWS]
    (find,) = opened(app).selectbox
    assert find.label == "Find one of 1,000 results"
    assert find.options == NAMES
    assert len(list(elements(app.main))) <= ELEMENTS


@KINDS
def test_one_of_a_thousand_is_found_and_can_be_acted_upon(new_tab, calls, declared):
    app = new_tab(PAGE, declared=declared).run()
    opened(app).selectbox[0].set_value(NAMES[777]).run()

    assert list(rows(app)) == [*NAMES[:ROWS], NAMES[777]]
    menus = [menu.key for menu in opened(app).get("menu_button")]
    assert f"stillroom-p-row-{NAMES[777]}-menu" in menus


def test_what_needs_somebody_is_among_the_twenty(new_tab, calls, local_store):
    app = new_tab(PAGE, declared=NAMES).run()

    app.session_state["computed"] = {NAMES[999]: lambda: "can't be kept"}
    app.run()

    assert label(app) == "1 result can't be stored"
    assert next(iter(rows(app))) == NAMES[999]


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
@KINDS
def test_rerun_of_a_thousand_results_asks_nothing(new_tab, calls, declared, is_open):
    app = new_tab(PAGE, declared=declared).run()
    if is_open:
        opened(app)
    calls.clear()

    app.run().run()

    assert label(app) == "All 1,000 results saved"
    assert calls == {}


def test_new_tab_lists_a_thousand_results_at_once_and_loads_none(new_tab, calls):
    app = new_tab(PAGE).run()

    rows(app)

    assert calls == {"results": 1}


def test_thousand_session_keys_are_loaded_as_one_set_and_said_in_one_toast(new_tab, calls):
    app = new_tab(PAGE, declared=NAMES).run()

    assert [app.session_state[name] for name in NAMES] == list(range(1_000))
    (toast,) = app.toast
    assert toast.value.startswith("Restored 1,000 results saved ")
    # Each is read once, at one moment: the listing of the page, and that of the set.
    assert calls == {"results": 2, "load": 1_000}


@pytest.mark.parametrize("how", ["assigned", "computed"])
def test_thousand_new_results_are_saved_as_one_set(new_tab, local_store, monkeypatch, how):
    calls = count_calls(monkeypatch)
    values = {name: [number] for number, name in enumerate(NAMES)}
    app = new_tab(PAGE, declared=NAMES if how == "computed" else [])
    app.session_state[how] = values

    app.run()

    assert label(app) == "All 1,000 results saved"
    assert calls["save"] == 1
    assert dict(stillroom.open().load_page("p")) == values


def test_rerun_with_nothing_changed_looks_at_each_result_once(new_tab, calls, monkeypatch):
    # It was twice, for what to save and for what to draw; of a thousand that can be felt.
    app = new_tab(PAGE, declared=NAMES).run().run()
    real_row, real_held, looked, asked = _rows.row, Tab.held, [], []
    monkeypatch.setattr(
        _rows,
        "row",
        lambda tab, listing, key, held: looked.append(key) or real_row(tab, listing, key, held),
    )
    monkeypatch.setattr(Tab, "held", lambda tab, key: asked.append(key) or real_held(tab, key))

    app.run()

    assert sorted(looked) == sorted(NAMES)
    assert sorted(asked) == sorted(NAMES)
