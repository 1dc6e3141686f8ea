"""The states of a single result."""

from __future__ import annotations

from stillroom.streamlit._rows import Row, State
from stillroom.streamlit._session import Problem

from fixed import A_LAMBDA, AT, FRIDAY, JUST_NOW, LATELY, Shown, panel, row, saved, stored


def results() -> dict[str, dict[str, Shown]]:
    """By heading and name."""
    entries = {
        "A result in this tab": _in_the_tab(),
        "A stored result": _stored(),
        "A result that can't be stored": _not_kept(),
        "A result that can't be opened": _not_opened(),
    }
    return {
        heading: {_name(title): _shown(title, when, about) for title, when, about in some}
        for heading, some in entries.items()
    }


def _shown(title: str, when: str, about: Row) -> Shown:
    # Where nothing is computed yet, the panel says so once and lists nothing.
    beside = saved()[1:2] if about.state is State.NOT_COMPUTED else []
    is_planned = about.state is State.STALE
    view = panel([about, *beside])
    return Shown(title, when, view, state=about.state, is_planned=is_planned)


def _name(title: str) -> str:
    return "row-" + title.lower().replace(",", "").replace("'", "").replace(" ", "-")


def _in_the_tab() -> list[tuple[str, str, Row]]:
    gone = (1, 2, 3)
    return [
        (
            "Not computed",
            "The app names the result, and nobody has computed it.",
            row("forecast", State.NOT_COMPUTED, is_in_tab=False),
        ),
        (
            "Only in this tab",
            "It was computed on a page that doesn't save by itself.",
            row("forecast", State.ONLY_IN_TAB),
        ),
        (
            "Changed",
            "It was computed again since it was saved.",
            row("forecast", State.CHANGED),
        ),
        (
            "Newer in this tab",
            "It was computed in this tab before the stored one was looked for.",
            row("forecast", State.NEWER_IN_TAB),
        ),
        (
            "Conflict",
            "It was computed here and, since then, saved in another tab.",
            row("forecast", State.CONFLICT, stored=stored("forecast", 4)),
        ),
        (
            "Stale",
            "The code that computed it has changed.",
            row("forecast", State.STALE, age=FRIDAY, reason="train changed Tue"),
        ),
        (
            "Deleted",
            "Somebody deleted it a moment ago, and can take that back.",
            row("forecast", State.DELETED, is_in_tab=False, deleted=gone),
        ),
        (
            "Deleted, still in this tab",
            "The same, where the value is still on the page.",
            row("forecast", State.ONLY_IN_TAB, deleted=gone),
        ),
    ]


def _stored() -> list[tuple[str, str, Row]]:
    older = stored("forecast", 2, age=FRIDAY)
    large = stored("models")._replace(bytes=1_200_000_000, saved_at=AT.time - FRIDAY)
    return [
        ("Saved", "The normal state.", row("forecast", State.SAVED)),
        (
            "Loaded, with undo",
            "Another version was loaded over what the tab held.",
            row("forecast", State.SAVED, can_undo=True),
        ),
        (
            "Older version",
            "Somebody loaded a version that isn't the newest.",
            row("forecast", State.OLDER_IN_TAB, base=older, can_undo=True),
        ),
        (
            "Not loaded",
            "It is too large to be brought back without being asked for.",
            row("models", State.NOT_LOADED, stored=large, is_in_tab=False),
        ),
        (
            "Saved just now",
            "It was saved within the last minute.",
            row("forecast", State.SAVED, age=JUST_NOW),
        ),
    ]


def _not_kept() -> list[tuple[str, str, Row]]:
    part = Problem("unsupported", 'cv[3]["scorer"]', A_LAMBDA)
    no_key = Problem("invalid", "models[0]", "no signing key, so a Python object can't be kept")
    too_large = Problem("too-large", None, _TOO_LARGE)
    return [
        (
            "Can't be stored",
            "Part of it can't be kept exactly.",
            row("cv", State.CANT_STORE, stored=None, problem=part),
        ),
        (
            "Model without a key",
            "It is an object of a library, and the app has no key to sign it with.",
            row("models", State.CANT_STORE, stored=None, problem=no_key),
        ),
        (
            "Too large",
            "It is over a limit.",
            row("models", State.TOO_LARGE, stored=None, problem=too_large),
        ),
        (
            "Belongs to a widget",
            "The app asked for a key that one of its widgets has.",
            row("upload", State.WIDGET, is_in_tab=False),
        ),
    ]


def _not_opened() -> list[tuple[str, str, Row]]:
    needs = Problem("invalid", None, "this value needs the class; pass it: types=[RunConfig]")
    spoilt = Problem("corrupt", None, "", previous=2)
    return [
        (
            "Missing class",
            "It holds a class of the app that the page doesn't name.",
            row("config", State.MISSING_CLASS, problem=needs, is_in_tab=False),
        ),
        (
            "Locked",
            "It was signed by another app, or with a key that was replaced.",
            row("models", State.LOCKED, is_in_tab=False),
        ),
        (
            "Damaged",
            "Its bytes are not what was written.",
            row("forecast", State.DAMAGED, problem=spoilt, is_in_tab=False),
        ),
        (
            "Newer format",
            "A later release of stillroom saved it.",
            row("forecast", State.NEWER_FORMAT, is_in_tab=False),
        ),
        (
            "Can't be opened",
            "It couldn't be opened for a reason that only the log tells.",
            row("forecast", State.CANT_OPEN, age=LATELY, is_in_tab=False),
        ),
    ]


_TOO_LARGE = "over the limit of 50000000 bytes of a result; store it in parts: 300000000"
