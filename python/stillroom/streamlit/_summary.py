"""What the panel as a whole says, from plain facts.

Pure: no element is drawn here and no store is asked. The order of the cases is the
order of what matters to a person: who they are, what they look at, what goes on, what
is wrong, what isn't saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .._errors import DeniedError, DiskFullError, UnauthenticatedError, UnsupportedError
from . import _offers, _rows, _words
from ._rows import KEPT, REFUSED, UNOPENED, UNSAVED, Row, State
from ._session import Facts, Outcome, Trouble
from ._view import Action, Does, Progress, Summary, View
from ._words import Now

SAVEABLE = UNSAVED - {State.CONFLICT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks, as far as the panel cares."""

    identity: str | None
    is_here: bool = False
    """Whether they sit at this computer, and may be shown how to set the app up."""
    is_signed_out: bool = False
    providers: Sequence[str | None] = ()
    """Whom they can sign in with; None is the app's only one."""
    has_form: bool = False
    """Whether they sign in in this tab, and keep what is in it."""
    is_over: bool = False
    """Whether they were signed in until a moment ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A save that is under way."""

    number: int
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A load that a click began and that is under way."""

    keys: Sequence[str]
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """Everything that a panel is made from."""

    at: Now
    visitor: Visitor
    rows: Sequence[Row] = ()
    trouble: Trouble | None = None
    saving: Saving | None = None
    loading: Loading | None = None
    outcome: Outcome | None = None
    linked: str | None = None
    """What the address asks for, in words, while it is shown."""
    complaint: str | None = None
    """What is wrong with a link that isn't shown, in words."""
    is_lasting: bool = True
    """False where the disk of the app goes with its container."""
    undeclared: int = 0
    remarks: Sequence[str] = ()
    """For the person at this computer, and nobody else."""


def summary(facing: Facing) -> Summary:
    """The panel's one line, and what stands under it."""
    if facing.visitor.identity is None:
        return _of_visitor(facing.visitor)
    if facing.visitor.is_over:
        return expired()
    if facing.linked is not None:
        back = Action(_words.BACK_TO_CURRENT, Does.LEAVE_LINK)
        return Summary(facing.linked, _words.LINK_IS_READ_ONLY, [back], is_urgent=True)
    if facing.loading is not None:
        # Before a save: somebody has just asked for it, and waits.
        return _of_loading(facing.loading)
    if facing.saving is not None:
        return _of_saving(facing.saving)
    if facing.trouble is not None:
        is_over = facing.visitor.has_form and issubclass(facing.trouble.error, UnauthenticatedError)
        return expired() if is_over else of_trouble(facing.trouble)
    if facing.complaint is not None:
        # Whoever came by the link would take the current results for what it names.
        return replace(_of_rows(facing), notice=facing.complaint, is_urgent=True)
    return _of_rows(facing)


def view(
    facing: Facing,
    chosen: str | None = None,
    *,
    is_open: bool = True,
    head: Summary | None = None,
) -> View:
    """The whole panel; its lines only when it is open.

    `chosen` is the key that somebody looked for among very many, `head` the summary of
    `facing` for who has it already.
    """
    head = head or summary(facing)
    if not is_open and not head.is_urgent:
        return View(head)
    is_read_only = facing.trouble is not None or facing.linked is not None
    shown, findable = _rows.shown(facing.rows, chosen)
    if all(row.state is State.NOT_COMPUTED for row in shown):
        # The head says it once, for all of them.
        shown = []
    lines = [_offers.line(row, facing.at, is_read_only=is_read_only) for row in shown]
    return View(head, lines, _notes(facing), findable)


def _of_loading(loading: Loading) -> Summary:
    label, stop = _words.loading_what(loading.keys), [Action("Stop", Does.STOP_LOADING)]
    return Summary(label, actions=stop, progress=loading.progress)


def _of_saving(saving: Saving) -> Summary:
    label = f"Saving {_words.count(saving.number, 'result')}"
    stop = [Action("Stop", Does.STOP)]
    return Summary(label, actions=stop, progress=saving.progress)


def _of_visitor(visitor: Visitor) -> Summary:
    """Where nobody may keep results."""
    if visitor.is_signed_out:
        signs_in = [_sign_in(provider) for provider in visitor.providers]
        text = _words.SIGN_IN_HERE if visitor.has_form else _words.SIGN_IN
        return Summary(_words.SAVED_RESULTS, text, signs_in, is_urgent=True)
    if visitor.is_here:
        return Summary(
            _words.CHOOSE_IDENTITY, _words.CHOOSE_HOW, is_urgent=True, lines=_words.LINES
        )
    return Summary(_words.SAVED_RESULTS, _words.NOT_SET_UP, is_urgent=True)


def expired(providers: Sequence[str | None] = (None,)) -> Summary:
    """Where somebody was signed in until a moment ago."""
    signs_in = [_sign_in(provider) for provider in providers]
    return Summary(_words.EXPIRED, _words.EXPIRED_TEXT, signs_in, is_urgent=True)


def _sign_in(provider: str | None) -> Action:
    label = "Sign in" if provider is None else f"Sign in with {_words.plain(provider)}"
    return Action(label, Does.SIGN_IN, provider=provider)


def of_trouble(trouble: Trouble) -> Summary:
    """Where the store failed as a whole. Nothing is lost, so it is a warning and no more."""
    again = [Action("Try now", Does.TRY_AGAIN)]
    # It is tried again by itself, and what a person can do about it is something else.
    take_away = [Action("Download", Does.DOWNLOAD)]
    if issubclass(trouble.error, DiskFullError):
        return _warning(_words.CANT_SAVE, _words.DISK_FULL, take_away)
    if issubclass(trouble.error, UnsupportedError):
        # Another try would find the same, until whoever runs the app has done something.
        return _warning(_words.SAVED_RESULTS, _words.NO_MATCH)
    if trouble.is_about_saving and issubclass(trouble.error, DeniedError):
        return _warning(_words.CANT_SAVE, _words.READ_ONLY, take_away)
    next_try = _words.trying_again(trouble.seconds_left)
    return _warning(_words.UNREACHABLE, _words.NOTHING_LOST, again, next_try)


def asleep() -> Summary:
    """Where the project behind the store is paused."""
    again = [Action("Try now", Does.TRY_AGAIN)]
    return _warning(_words.ASLEEP, _words.ASLEEP_TEXT, again)


def waiting(number: int, size: int) -> Summary:
    """Where results lie here and go up later."""
    upload = [Action("Upload now", Does.UPLOAD)]
    text = _words.goes_up(number, size)
    return Summary(_words.WAITING, text, upload, is_urgent=True)


def over_quota(used: int, quota: int) -> Summary:
    """Where no more may be saved until something is deleted."""
    manage = [Action("Manage versions", Does.MANAGE)]
    return _warning(_words.FULL, _words.quota_used(used, quota), manage)


def _warning(label: str, notice: str, actions: Sequence[Action] = (), text: str = "") -> Summary:
    return Summary(label, text, actions, notice=notice, is_urgent=True, is_warning=True)


def _of_rows(facing: Facing) -> Summary:
    """The usual case: how many results are saved, and how many are not."""
    rows, at = facing.rows, facing.at
    unsaved = [row for row in rows if row.state in UNSAVED]
    kept = [row.stored for row in rows if row.state in KEPT and row.stored is not None]
    refused = sum(row.state in REFUSED for row in rows)
    unopened = sum(row.state in UNOPENED for row in rows)
    if unsaved:
        return _unsaved(unsaved, _kept_text(kept, at), is_only_some=bool(refused))
    if refused:
        label = f"{_words.count(refused, 'result')} can't be stored"
        return Summary(label, _kept_text(kept, at), is_urgent=True)
    if unopened:
        label = f"{_words.count(unopened, 'result')} can't be opened"
        return Summary(label, _kept_text(kept, at), is_urgent=True)
    if facing.outcome is not None:
        return Summary(*_words.outcome(facing.outcome))
    if kept:
        text = _words.last_saved(kept, at) if facing.is_lasting else _words.UNTIL_RESTART
        return Summary(_words.all_saved(len(kept)), text)
    is_untouched = all(row.state is State.NOT_COMPUTED for row in rows)
    text = _words.NOTHING_YET if is_untouched else _words.NOTHING
    return Summary(_words.SAVED_RESULTS, text)


def _kept_text(kept: Sequence[Facts], at: Now) -> str:
    """``3 saved, last 2 min ago``; nothing when nothing is saved."""
    if not kept:
        return ""
    newest = max(facts.saved_at for facts in kept)
    return f"{len(kept):,} saved, last {_words.ago(newest, at)}"


def _unsaved(unsaved: Sequence[Row], kept: str, *, is_only_some: bool) -> Summary:
    number = len(unsaved)
    thing = "change" if kept or any(row.stored for row in unsaved) else "result"
    saveable = sum(row.state in SAVEABLE for row in unsaved)
    if is_only_some:
        button = f"Save the other {saveable}"
    else:
        button = f"Save {_words.count(saveable, thing)}"
    return Summary(
        f"{_words.count(number, thing)} not saved",
        kept or ("It is only in this tab." if number == 1 else "They are only in this tab."),
        [Action(button, Does.SAVE_ALL)] if saveable else [],
        is_urgent=True,
    )


def _notes(facing: Facing) -> list[str]:
    notes = [_words.undeclared(facing.undeclared)] if facing.undeclared else []
    if facing.visitor.identity == "single-user":
        notes.append(_words.SHARED)
    if facing.visitor.is_here:
        notes += [_words.plain(remark) for remark in facing.remarks]
    return notes
