"""Names that look alike or like markup, that belong to a widget, or that are none."""

from __future__ import annotations

import re
import unicodedata

import pytest
from reading import label, opened, rows

import stillroom
from stillroom.streamlit import _words

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


def test_result_may_have_the_name_of_a_widget_where_it_is_not_a_session_key(new_tab, local_store):
    script = PAGE + 'st.slider("Weight", 0, 9, key="weight")\nst.text(page["weight"])'

    app = new_tab(script, assigned={"weight": "mine"}).run()
    app.slider(key="weight").set_value(7).run()

    assert app.text[0].value == "mine"
    assert app.session_state["weight"] == 7
    assert kept(local_store) == {"weight": "mine"}


WIDGETS = {
    "slider": ("st.slider('Weight', 0, 9, key='weight')", 0),
    "text": ("st.text_input('Weight', 'none', key='weight')", "none"),
    "choice": ("st.selectbox('Weight', [5, 6, 7], key='weight')", 5),
}


@pytest.mark.parametrize(("widget", "first"), WIDGETS.values(), ids=WIDGETS)
def test_row_under_the_key_of_a_widget_is_found_out_by_the_first_tab(
    new_tab, local_store, widget, first
):
    # It was: a value that had been restored was never tried, so no tab found it out.
    local_store.save("p", "weight", 7 if first != "none" else "7")
    script = PAGE.replace("page.panel()", f"{widget}\npage.panel()")

    app = new_tab(script, declared=["weight"]).run()
    newcomer = new_tab(script, declared=["weight"]).run()

    for one in (app, newcomer):
        assert rows(one)["weight"] == 'Can\'t be restored: "weight" belongs to a widget.'
    assert newcomer.session_state["weight"] == first
    assert [record.version for record in local_store.history("p", "weight")] == [1]


def test_row_under_the_key_of_a_button_stops_one_run_at_most(new_tab, local_store):
    # To set such a key is an error of Streamlit's, and nothing tells before that it is one.
    local_store.save("p", "go", True)
    script = PAGE.replace("page.panel()", "st.button('Go', key='go')\npage.panel()")
    app = new_tab(script, declared=["go"]).run()
    assert "'go'" in app.exception[0].message

    app.run()
    newcomer = new_tab(script, declared=["go"]).run()

    for one in (app, newcomer):
        assert rows(one)["go"] == 'Can\'t be restored: "go" belongs to a widget.'
    assert newcomer.session_state["go"] is False


@pytest.mark.parametrize("how", ["computed", "assigned"])
def test_keys_that_differ_in_case_are_two_results(new_tab, local_store, how):
    keys = ["Forecast", "forecast", "FORECAST"]
    declared = keys if how == "computed" else []
    values = {key: f"value of {key}" for key in keys}

    app = new_tab(PAGE, declared=declared, **{how: values}).run()

    assert kept(local_store) == values
    assert label(app) == "All 3 results saved"
    assert sorted(rows(app)) == sorted(keys)
    elements = [menu.key for menu in opened(app).get("menu_button")]
    assert len(set(elements)) == 3


def test_keys_that_differ_in_case_come_back_as_they_were(new_tab, local_store):
    values = {"Forecast": 1, "forecast": 2}
    local_store.save_page("p", values)

    app = new_tab(PAGE, declared=list(values)).run()

    assert {key: app.session_state[key] for key in values} == values


# `ß` and `ss` are one to a case-folding catalog, and so are the two forms of `é`.
ALIKE = [("straße", "strasse"), ("caf\u00e9", "cafe\u0301"), ("a ", "a"), ("K", "\u212a")]


@pytest.mark.parametrize("keys", ALIKE, ids=ascii)
def test_keys_that_look_alike_are_two_results(new_tab, local_store, keys):
    values = {key: number for number, key in enumerate(keys)}

    new_tab(PAGE, assigned=values).run()

    assert kept(local_store) == values


HOSTILE = {
    "markdown": "**bold** _it_ `code` # head",
    "link": "[link](javascript:alert(1))",
    "bare address": "https://example.org/?a=1&b=2",
    "image": "![x](https://example.org/x.png)",
    "icon": ":material/delete:",
    "emoji": ":smile:",
    "colour": ":red[all gone]",
    "badge": ":red-badge[All 3 results saved]",
    "formula": "of $$x^2$$ and $y$",
    "markup": "<script>alert(1)</script><b>",
    "entity": "&lt;b&gt; &#58;",
    "table": "a | b\\n--- | ---",
    "list": "1. - + one",
    "backslashes": "\\\\*not\\*",
    "long": "k" * 512,
    "long without a pause": "é" * 256,
    "right to left": "תחזית חודשית",
    "turned around": "safe\u202egpj.exe",
    "closing what isolates it": "a\u2069\u202eb",
    "nothing to see": "\u200b\u200c",
    "another key's end": "forecast-do",
    "a separator of rows": "row-forecast",
}


@pytest.mark.parametrize("key", HOSTILE.values(), ids=HOSTILE)
def test_hostile_key_is_text_in_the_panel(new_tab, local_store, key):
    app = new_tab(PAGE, declared=[key], computed={key: [1.5]}, assigned={"forecast": 1}).run()

    assert kept(local_store) == {key: [1.5], "forecast": 1}
    assert label(app) == "All 2 results saved"
    rows(app)
    texts = [one.value.partition("  \n") for one in opened(app).markdown]
    names = [name for name, is_row, _ in texts if is_row]
    (name,) = [name for name in names if name != "**forecast**"]
    assert without_escapes(name.removeprefix("**").removesuffix("**")) == on_screen(key)
    (menu,) = [
        one.label for one in opened(app).get("menu_button") if one.label != "Actions for forecast"
    ]
    assert without_escapes(menu) == f"Actions for {on_screen(key)}"


HOLDS_TOGETHER = "\u2060"
WITHIN_A_WORD = re.compile("(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])")


def without_escapes(text: str) -> str:
    """What a reader of this Markdown sees; fails if a mark in it would do something."""
    shown, rest = [], iter(WITHIN_A_WORD.sub("\uffff", text))
    for character in rest:
        assert character == "\\" or character.isspace() or not is_mark(character), text
        shown.append(next(rest) if character == "\\" else character)
    return "".join(shown).replace("\uffff", "_").replace(HOLDS_TOGETHER, "")


def is_mark(character: str) -> bool:
    return character.isascii() and not character.isalnum()


def on_screen(key: str) -> str:
    """The key, with what would turn the words around it made visible, and kept to itself."""
    turns = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    shown = "".join("\ufffd" if character in turns else character for character in key)
    is_turned = any(unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in shown)
    return f"\u2068{shown}\u2069" if is_turned else shown


@pytest.mark.parametrize(
    "key", ["a\nb", "a\rb", "a\tb", "a\0b", "a\x7fb", "k" * 513, ""], ids=ascii
)
def test_key_that_is_no_name_is_refused_and_the_others_are_kept(new_tab, local_store, key):
    app = new_tab(
        PAGE, declared=[key, "forecast"], computed={"forecast": 1, **({key: 2} if key else {})}
    ).run()

    assert not app.exception
    assert kept(local_store) == {"forecast": 1}


def test_label_of_several_lines_is_one_line_of_text(local_store):
    label = "first\n\n# second\r\n- third"
    local_store.save("p", "forecast", 1, label=label)
    (record,) = local_store.history("p", "forecast")

    assert record.label == label
    assert without_escapes(_words.plain(label)) == "first  # second - third"
