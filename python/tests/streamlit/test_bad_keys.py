"""Bad input: keys that belong to others or look like markup, values that can't be read."""

from __future__ import annotations

import importlib
import sys
import time
import unicodedata
from pathlib import Path

import forge
import pytest
from reading import label, opened, rows, words

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


# Keys.


def test_result_may_have_the_name_of_a_widget_where_it_is_not_a_session_key(new_tab, local_store):
    script = PAGE + 'st.slider("Weight", 0, 9, key="weight")\nst.text(page["weight"])'

    app = new_tab(script, assigned={"weight": "mine"}).run()
    app.slider(key="weight").set_value(7).run()

    assert app.text[0].value == "mine"
    assert app.session_state["weight"] == 7
    assert kept(local_store) == {"weight": "mine"}


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
    (name,) = [one.value for one in opened(app).markdown if one.value != "**forecast**"]
    assert without_escapes(name.removeprefix("**").removesuffix("**")) == on_screen(key)
    (menu,) = [
        one.label for one in opened(app).get("menu_button") if one.label != "Actions for forecast"
    ]
    assert without_escapes(menu) == f"Actions for {on_screen(key)}"


HOLDS_TOGETHER = "\u2060"


def without_escapes(text: str) -> str:
    """What a reader of this Markdown sees; fails if a mark in it would do something."""
    shown, rest = [], iter(text)
    for character in rest:
        assert character == "\\" or character.isspace() or not is_mark(character), text
        shown.append(next(rest) if character == "\\" else character)
    return "".join(shown).replace(HOLDS_TOGETHER, "")


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


# Values.


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


# Clocks.


def saved_ahead(project: Path, *, days: int) -> None:
    """Makes the clock that saved the result one that goes ahead of ours."""
    row = forge.Row(project / ".stillroom", "p", "forecast")
    row.set(created_at=row.column("created_at") + days * 86_400 * 1_000_000)
    row.seal()


def test_clock_set_back_a_little_reads_as_just_now(new_tab, local_store):
    local_store.save("p", "forecast", 1)

    assert "just now" in rows(new_tab(PAGE).run())["forecast"]


@pytest.mark.parametrize("days", [1, 3, 400])
def test_clock_set_back_by_days_is_said_by_the_date(new_tab, local_store, project, days):
    local_store.save("p", "forecast", 1)
    saved_ahead(project, days=days)
    (record,) = local_store.results()
    when = record.created_at.astimezone()

    app = new_tab(PAGE).run()

    assert f"{when.day} {when:%b}" in rows(app)["forecast"]
    assert "-" not in words(app).replace("\\-", "").partition("Kept in")[0]
    assert f"saved {when.day} {when:%b}" in app_toast(new_tab)


def app_toast(new_tab) -> str:
    (toast,) = new_tab(PAGE).run().toast
    return toast.value


def test_clock_set_back_does_not_keep_an_old_listing(new_tab, local_store, monkeypatch, later):
    app = new_tab(PAGE, declared=[], assigned={"forecast": 1}).run()
    local_store.save("p", "other", 2)
    yesterday = time.time() - 86_400
    monkeypatch.setattr(time, "time", lambda: yesterday)

    later(31)
    app.run()

    assert sorted(rows(app)) == ["forecast", "other"]


# Somebody else at the same screen.

ANA = {"iss": "https://id.example.org", "sub": "ana", "is_logged_in": True}
ADA = ANA | {"sub": "ada"}
TWO = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"], max_auto_mb=st.session_state.get("limit", 50))
for key, value in st.session_state.pop("assigned", {}).items():
    page[key] = value
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""


def test_two_users_swapping_in_one_browser_see_their_own_each_time(new_tab, signs_in):
    app = new_tab(TWO)
    for claims in (ANA, ADA, ANA, None, ADA):
        name = "nobody" if claims is None else claims["sub"]
        signs_in(claims)
        if claims is not None:
            app.session_state["assigned"] = {"metrics": name, "forecast": name}
        app.run()
        others = {"ana", "ada"} - {name}

        assert app.text[0].value == (f"['{name}', '{name}']" if claims else "[None, None]")
        assert not any(other in str(app.session_state.to_dict()) for other in others)


def test_what_a_click_loaded_goes_with_its_owner(new_tab, signs_in):
    signs_in(ANA)
    new_tab(TWO, assigned={"forecast": "a secret of ana's"}).run()
    app = new_tab(TWO, limit=0).run()
    rows(app)
    app.button(key="stillroom-p-row-forecast-do").click().run()
    assert app.text[0].value == '[None, "a secret of ana\'s"]'

    signs_in(ADA)
    app.run()

    assert app.text[0].value == "[None, None]"
    assert "secret" not in str(app.session_state.to_dict())
    assert "secret" not in words(app)
