"""The gallery has every state of the panel, and each of them is fit to be seen."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from reading import label, rows, sentences
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from stillroom.streamlit import _words
from stillroom.streamlit._rows import State
from stillroom.streamlit._view import Action, Does, View

ROOT = Path(__file__).parents[3]
GALLERY = ROOT / "examples" / "gallery"
sys.path += [str(GALLERY), str(ROOT / "tools")]

import panel_page  # noqa: E402, the folders have just been put on the path
from states import states  # noqa: E402

STATES = states()
SENTENCES = {
    text for name, text in vars(_words).items() if name.isupper() and isinstance(text, str)
}


@pytest.fixture(scope="module")
def panels() -> dict[str, Block]:
    """The drawn panels by name, all from one page."""
    drawn = gallery().expander
    assert len(drawn) == len(STATES)
    return dict(zip(STATES, drawn, strict=True))


def gallery(**asked: str) -> AppTest:
    app = AppTest.from_file(str(GALLERY / "app.py"), default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [error.message for error in app.exception]
    return app


@pytest.mark.parametrize("name", STATES)
def test_state_says_what_the_package_makes_of_its_facts(panels, name):
    view = STATES[name].view
    lines = {line.key: line.sentence for line in view.lines}

    assert panels[name].label == view.summary.label
    assert sentences(panels[name]) == (lines if STATES[name].is_open else {})


def test_state_can_be_seen_alone(panels):
    app = gallery(state="mixed")

    assert label(app) == panels["mixed"].label
    assert rows(app) == sentences(panels["mixed"])


def test_state_that_does_not_exist_leads_to_all():
    assert len(gallery(state="nowhere").expander) == len(STATES)


def test_no_state_of_a_result_is_forgotten():
    assert {one.state for one in STATES.values()} == {*State, None}


def test_everything_that_a_click_can_do_is_offered_somewhere():
    offered = {action.does for one in STATES.values() for action in _actions(one.view)}

    assert offered == set(Does)


@pytest.mark.parametrize("sentence", sorted(SENTENCES))
def test_no_sentence_is_forgotten(sentence):
    assert any(sentence in " ".join(_texts(one.view)) for one in STATES.values())


@pytest.mark.parametrize("name", STATES)
def test_no_two_controls_of_a_panel_have_one_name(panels, name):
    panel = panels[name]
    controls = [*panel.button, *panel.get("menu_button"), *panel.selectbox]

    labels = Counter(one.label for one in controls)

    assert [label for label, number in labels.items() if number > 1] == []


@pytest.mark.parametrize("name", STATES)
def test_a_sign_stands_only_where_somebody_is_needed_or_something_goes_on(panels, name):
    head = STATES[name].view.summary

    assert bool(panels[name].icon) == (head.is_urgent or head.progress is not None)


@pytest.mark.parametrize("name", STATES)
def test_no_sentence_leaves_its_last_word_alone_on_a_line(panels, name):
    texts = [one.value for one in (*panels[name].markdown, *panels[name].warning)]
    sentences = [text.rpartition("  \n")[2].rstrip("]") for text in texts]

    assert [text for text in sentences if re.search(r" \S{1,10}$", text)] == []


@pytest.mark.parametrize("name", STATES)
def test_words_are_calm(panels, name):
    panel = panels[name]
    texts = [one.value for one in (*panel.markdown, *panel.caption, *panel.warning)]
    labels = [one.label for one in panel.button]

    said = " ".join([panel.label, *texts, *labels])

    assert "!" not in said
    assert "successfully" not in said.lower()


def test_the_page_of_the_panel_is_what_the_gallery_says():
    assert panel_page.PAGE.read_text().splitlines() == panel_page.lines(), "run: make pictures"


def test_every_state_has_its_pictures_and_no_picture_is_left_over():
    assert panel_page.there() == panel_page.wanted(), "run: make pictures"


def test_every_state_of_the_page_can_be_linked_to():
    links = Counter(re.findall(r"\]\(#([a-z0-9-]+)\)", "\n".join(panel_page.lines())))

    assert [link for link, number in links.items() if number > 1] == []
    assert len(links) == len(STATES)


def test_the_readme_shows_the_example_app():
    readme = (ROOT / "README.md").read_text()

    assert all(f"docs/pictures/{name}" in readme for name in panel_page.DEMO)


def _actions(view: View) -> list[Action]:
    buttons = [line.button for line in view.lines if line.button is not None]
    return [*view.summary.actions, *buttons, *(one for line in view.lines for one in line.menu)]


def _texts(view: View) -> list[str]:
    head = view.summary
    actions = [action.label for action in _actions(view)]
    return [head.label, head.notice, head.text, head.lines, *view.notes, *actions]
