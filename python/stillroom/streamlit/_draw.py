"""Draws a `View` with Streamlit's own elements, and nothing else.

No style is injected and no component is made, so the panel follows the app's theme,
on a phone too. What a click does is up to whoever draws.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .._errors import InvalidError
from . import _words
from ._view import Action, Line, Summary, View

Click = Callable[[str | None, Action], None]
"""What a click does, to the result of that key or to the panel as a whole."""

_DOT, _BETWEEN = " · ", re.compile("( · |, )")
_HELD, _SHORT = "\u00a0", 24
_NARROW = 16
"""Letters of a button that leaves room for a text beside it on a phone."""
_LONG, _WIDTH = 32, 240
"""Letters of a menu that leaves room for a name beside it, and pixels of any longer one."""
_UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|[KMGT]?B)\b)")
_LAST = re.compile(r" (?=\S{1,10}$)")
"""Before a last word that would look lost on a line of its own."""

_NEEDED, _WARNING, _WORKING = (
    ":material/info:",
    ":material/warning:",
    ":material/progress_activity:",
)
"""Not Streamlit's "spinner", by which its AppTest takes a panel for a status."""


def is_open(key: str, *, before: bool = False) -> bool:
    """Whether somebody has the panel open; as `before` where the session doesn't know."""
    return bool(st.session_state.get(f"{key}-open", before))


def set_open(key: str, wanted: bool) -> None:
    """Open or close the panel; said in every run, before it is drawn.

    To Streamlit an expander with another label is another one, which would be closed
    just when the panel says what a save has done.
    """
    try:
        st.session_state[f"{key}-open"] = wanted
    except StreamlitAPIException:
        name = key.removeprefix("stillroom-")
        raise InvalidError(
            "a page draws its panel once in a run, and two panels of the recipe need two "
            f"page_types; there is one already for `{name}`"
        ) from None


def chosen(key: str) -> str | None:
    """The key that somebody looked for among very many."""
    found = st.session_state.get(f"{key}-find")
    return found if isinstance(found, str) else None


def draw(view: View, key: str, click: Click) -> None:
    """Draw the panel; `key` tells its elements from those of any other."""
    head = view.summary
    with st.expander(head.label, key=f"{key}-open", on_change="rerun", icon=_icon(head)):
        # A closed panel costs a rerun one element.
        if not is_open(key):
            return
        _draw_head(head, key, click)
        names = Counter(action.label for line in view.lines for action in _buttons(line))
        for line in view.lines:
            _draw_line(line, f"{key}-row-{line.key}", click, names)
        if view.findable:
            label = f"Find one of {_words.count(len(view.findable), 'result')}"
            st.selectbox(label, view.findable, index=None, key=f"{key}-find", placeholder="Name")
        for note in view.notes:
            _draw_quietly(note)


def _icon(head: Summary) -> str | None:
    """None while all is well: then the arrow that opens the panel stands there.

    Streamlit puts an icon in its place, and on a phone nothing else shows that the
    line can be opened. A panel that needs somebody is open already.
    """
    if head.progress is not None:
        return _WORKING
    if head.is_warning:
        return _WARNING
    return _NEEDED if head.is_urgent else None


def _draw_head(head: Summary, key: str, click: Click) -> None:
    if head.notice:
        write = st.warning if head.is_warning else st.markdown
        write(_small(head.notice))
    has_text = head.progress is not None or head.text != ""
    if has_text or head.actions:
        place: Literal["left", "right"] = "left" if has_text else "right"
        with st.container(horizontal=True, horizontal_alignment=place, vertical_alignment="center"):
            _draw_text(head)
            _draw_actions(head.actions, key, click)
    if head.lines:
        st.code(head.lines, language="toml")


def _draw_text(head: Summary) -> None:
    if head.progress is not None:
        st.progress(head.progress.share, text=unbroken(_words.progress(head.progress)))
    elif [len(action.label) > _NARROW for action in head.actions] == [True]:
        # On a phone the button goes under the text.
        _draw_quietly(head.text)
    elif head.text:
        # In a box, a long text is broken beside the button.
        with st.container():
            _draw_quietly(head.text)


def _draw_quietly(text: str) -> None:
    st.markdown(_quiet(text), width="stretch")


def _draw_actions(actions: Sequence[Action], key: str, click: Click) -> None:
    if len(actions) > 1:
        _menu("Sign in", actions, f"{key}-head", None, click, type="secondary")
    for action in actions[:1] if len(actions) == 1 else ():
        name = f"{key}-{action.does.value.replace(' ', '-')}"
        st.button(action.label, key=name, on_click=click, args=(None, action))


def _draw_line(line: Line, key: str, click: Click, names: Counter[str]) -> None:
    # Of each row as few elements as can be: they are most of what an open panel costs a rerun.
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        # In a box, a long text is broken beside the menu.
        with st.container():
            st.markdown(f"**{_words.plain(line.key)}**  \n{_sentence(line)}")
        if line.button is None:
            _draw_menu(line, key, click)
            return
        # One block, so that on a narrow screen both go under the text and not one of them.
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            for action in _buttons(line):
                # Two buttons of one name can't be told apart by ear.
                is_only = names[action.label] == 1
                label = action.label if is_only else f"{action.label}: {_words.plain(line.key)}"
                st.button(label, key=f"{key}-do", on_click=click, args=(line.key, action))
            _draw_menu(line, key, click)


def _sentence(line: Line) -> str:
    # An exception speaks by standing out among the others, and needs no badge.
    return _quiet(line.sentence) if line.is_calm else _small(line.sentence)


def _draw_menu(line: Line, key: str, click: Click) -> None:
    if line.menu:
        label = f"Actions for {_words.plain(line.key)}"
        _menu(label, line.menu, f"{key}-menu", line.key, click, type="tertiary")


def _buttons(line: Line) -> Sequence[Action]:
    return () if line.button is None else (line.button,)


def _menu(
    label: str,
    actions: Sequence[Action],
    key: str,
    about: str | None,
    click: Click,
    *,
    type: Literal["secondary", "tertiary"],
) -> None:
    offers = {action.label: action for action in actions}

    def choose() -> None:
        picked = offers.get(st.session_state[key])
        if picked is not None:
            click(about, picked)

    # Longer ones are cut on the screen, and read out in full.
    width: Literal["content"] | int = "content" if len(label) <= _LONG else _WIDTH
    st.menu_button(label, list(offers), key=key, type=type, on_click=choose, width=width)


def _quiet(text: str) -> str:
    # As large as a caption, but a caption is too pale to be read with ease on white.
    return f":gray[{_small(text)}]"


def _small(text: str) -> str:
    return f":small[{unbroken(text)}]"


def unbroken(text: str) -> str:
    """The text, broken between its facts rather than inside ``2 min ago`` or ``44 KB``."""
    if _DOT in text:
        # Every other one is what stands between two facts.
        facts = _BETWEEN.split(text)
        facts[::2] = map(_held_together, facts[::2])
        text = "".join(facts)
    return _LAST.sub(_HELD, _UNIT.sub(_HELD, text))


def _held_together(fact: str) -> str:
    # A long one held together would not fit beside a button on a phone.
    return fact.replace(" ", _HELD) if len(fact) <= _SHORT else fact
