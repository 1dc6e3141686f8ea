"""The sentences on the screen, and times and sizes as people say them.

Sentence case, numbers concrete, no exclamation marks. Visitors read these: nothing
here advises on configuration but `CHOOSE_IDENTITY`, which only the person at this
computer sees, and nothing repeats an error of the store. The log does that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from string import punctuation
from typing import NamedTuple
from zoneinfo import ZoneInfo

import streamlit as st

from .. import _html
from ._rows import Row, State
from ._session import Facts, Outcome
from ._view import Progress

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
_KINDS = {"DataFrame": "Table", "ndarray": "Array", "dict": "Dictionary", "str": "Text"}
_COUNTED = ("list", "tuple", "set", "frozenset", "dict", "deque", "OrderedDict", "defaultdict")
_MARKUP = re.compile(
    rf"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[{re.escape(punctuation.replace('_', ''))}]"
)
"""What may be a mark: inside of ``ml_mh_results`` nothing is.

It is left as it is because Streamlit reads the name of an opened menu out as it was
given, with the backslash before each mark.
"""
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HELD_TOGETHER = re.compile(
    r"^(?=\s)|(?<=\s)$"
    r"|(?=://)|(?<=[Ww]{3})(?=\.)|(?=@)"
    r"|(?<=:)(?=streamlit:)|(?<!\S)(?=(?:<->|->|[<-]-|[<>~]=)(?!\S))"
)
"""Where a mark would do something though it is escaped.

A star beside a blank is no mark, so **name ** would be shown with its stars. Links are
made of addresses as they stand, and the logo and arrows of signs, whatever is escaped.
"""

SAVED_RESULTS = "Saved results"
NOTHING = "Nothing is saved."
NOTHING_YET = "Nothing saved yet. Results appear here when this page has computed them."
NOT_SET_UP = "Saving isn't set up for this app yet."
CHOOSE_IDENTITY = "Choose whose results these are"
CHOOSE_HOW = (
    "This app is open to other computers. Set identity in secrets.toml: oidc, "
    "header:<name> or single-user."
)
LINES = '[connections.results]\nidentity = "single-user"'
SHARED = "Everyone who opens this app shares these results."
SIGN_IN = (
    "Sign in to keep your results between visits. Signing in opens the app anew: what you "
    "compute before that is not kept."
)
SIGN_IN_HERE = (
    "Sign in to keep your results between visits. What you compute now stays in this tab and "
    "can be saved after you sign in."
)
EXPIRED = "Sign in again to save"
EXPIRED_TEXT = "Your sign-in has expired. Results in this tab are safe."
UNTIL_RESTART = "Kept until this app restarts: its disk is temporary."
BACK_TO_CURRENT = "Back to the current results"
LINK_IS_READ_ONLY = "You came by a link to this version. Nothing is saved while you look at it."
BAD_LINK = "This link doesn't lead to a result of yours."
UNREACHABLE = "Results store can't be reached"
NOTHING_LOST = "Nothing is lost: results in this tab are safe, and what was saved is untouched."
CANT_SAVE = "Can't save right now"
READ_ONLY = "This app can't write to its results store. Results in this tab are safe."
DISK_FULL = (
    "The disk of this app is full. Results in this tab are safe; download them or "
    "delete old versions."
)
ASLEEP = "Results store is asleep"
ASLEEP_TEXT = (
    "The Supabase project is paused. Its owner can wake it in the dashboard. "
    "Results in this tab are safe."
)
WAITING = "Saved here, waiting to upload"
FULL = "Your space is full"
NO_MATCH = (
    "This app and its results store don't match. Whoever runs it will find the reason in the log."
)


class Now(NamedTuple):
    """The moment a panel is drawn, and the zone its reader lives in."""

    time: datetime
    zone: tzinfo | None


def now() -> Now:
    """This moment, in the visitor's zone."""
    return Now(datetime.now(UTC), visitor_zone())


def visitor_zone() -> tzinfo | None:
    """The visitor's time zone; the server's where the browser didn't say."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        # The browser may name any zone at all, and this server know fewer.
        return None


def plain(text: str) -> str:
    """Text that a label shows as it is, whatever marks are in it, on one line.

    What is written from right to left is kept to itself, and characters that turn the
    text after them are made visible: the words around a name stay where they are.
    """
    shown = _TURNS.sub("\ufffd", " ".join(text.splitlines()))
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in shown):
        shown = f"\u2068{shown}\u2069"
    return _MARKUP.sub(r"\\\g<0>", _HELD_TOGETHER.sub("\u2060", shown))


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 result``, ``3 results``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(length: int) -> str:
    """Bytes in a sentence: ``44 KB``, ``14.7 MB``, ``210 MB``; no ``14.0 MB``, as in a column."""
    return _html.size(length).replace(".0 ", " ")


def ago(moment: datetime, at: Now) -> str:
    """How long ago, and when: ``2 min ago (14:02)``; the date where that is ahead of us."""
    minutes = int((at.time - moment).total_seconds() / 60)
    if minutes < -5:
        # The clock was set back since, or goes ahead elsewhere: an age would be nonsense.
        return clock(moment, at, names_today=True)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        age = f"{minutes} min"
    elif minutes < 24 * 60:
        age = f"{minutes // 60} h"
    else:
        age = count(minutes // (24 * 60), "day")
    return f"{age} ago ({clock(moment, at)})"


def clock(moment: datetime, at: Now, *, names_today: bool = False) -> str:
    """When, for this visitor: ``14:02``, ``Tue 14:02``, ``12 Nov 14:02``."""
    then, today = moment.astimezone(at.zone), at.time.astimezone(at.zone)
    time = f"{then:%H:%M}"
    days = (today.date() - then.date()).days
    if days == 0 and not names_today:
        return time
    if 0 <= days < 7:
        return f"{_DAYS[then.weekday()]} {time}"
    date = f"{then.day} {_MONTHS[then.month - 1]}"
    return f"{date} {time}" if then.year == today.year else f"{date} {then.year} {time}"


def restored(brought: int, failed: int, newest: datetime, at: Now) -> str:
    """The toast after results were brought back."""
    if failed:
        rest = "the other" if failed == 1 else "the others"
        return (
            f"Restored {brought:,} of {brought + failed:,} results. See {SAVED_RESULTS} for {rest}."
        )
    return f"Restored {count(brought, 'result')} saved {clock(newest, at, names_today=True)}"


def form(facts: Facts) -> str:
    """What a stored value is: ``Table 1,922 × 3``, ``List of 12``."""
    # A class has its module before it, which says nothing to a reader.
    name = facts.kind.rpartition(".")[2]
    kind = plain(_KINDS.get(name) or name[:1].upper() + name[1:])
    join = " of " if facts.kind in _COUNTED else " "
    return f"{kind}{join}{_html.extent(facts.shape)}" if facts.shape else kind


def sentence(row: Row, at: Now) -> str:
    """What a row says about its key."""
    stored = row.stored
    match row.state:
        case State.NOT_COMPUTED:
            return "Not computed yet"
        case State.ONLY_IN_TAB:
            return "Only in this tab"
        case State.DELETED:
            return f"Deleted {count(len(row.deleted), 'version')}"
        case State.WIDGET:
            return f'Can\'t be restored: "{plain(row.key)}" belongs to a widget.'
        case State.CANT_STORE | State.TOO_LARGE:
            return _refused(row)
    if stored is None:
        return "Only in this tab"
    version = stored.version
    match row.state:
        case State.SAVED:
            return f"{form(stored)} · {size(stored.bytes)} · {ago(stored.saved_at, at)}"
        case State.CHANGED:
            return f"Changed since version {version}"
        case State.NEWER_IN_TAB:
            return f"Your tab has a newer one; version {version} stays saved"
        case State.OLDER_IN_TAB:
            return f"Showing version {row.base.version if row.base else '?'} of {version}"
        case State.CONFLICT:
            return f"Version {version} was saved at {clock(stored.saved_at, at)} in another tab"
        case State.NOT_LOADED:
            return f"{size(stored.bytes)}, saved {clock(stored.saved_at, at)}. Not loaded"
        case State.STALE:
            return f"Computed with older code ({plain(row.reason)})"
        case State.MISSING_CLASS:
            return f"Saved, but needs {_missing_class(row)} to open."
        case State.LOCKED:
            return "Saved by another app or key, so it can't be opened here."
        case State.DAMAGED:
            return f"Version {version} is damaged and was not loaded."
        case State.NEWER_FORMAT:
            return "Saved by a newer stillroom. Update to open it."
    return f"Version {version} can't be opened here."


def outcome(done: Outcome) -> tuple[str, str]:
    """Title and text after a save by hand."""
    if not done.saved:
        return "Nothing to save", f"{_all(len(done.unchanged))} already saved."
    versions = ", ".join(f"version {version} of {plain(key)}" for key, version in done.saved)
    text = f"{versions[0].upper()}{versions[1:]}."
    if done.unchanged:
        text += f" Unchanged: {', '.join(map(plain, done.unchanged))}."
    return f"Saved {count(len(done.saved), 'result')}", text


def linked(key: str, facts: Facts, at: Now) -> str:
    """The panel's line while a link is shown: ``Version 3 of forecast, saved Tue 14:02``."""
    saved = clock(facts.saved_at, at, names_today=True)
    return f"Version {facts.version} of {plain(key)}, saved {saved}"


def link_unopened(key: str, version: int) -> str:
    """A link that leads to a result which can't be shown here."""
    return f"The link leads to version {version} of {plain(key)}, which can't be opened here."


def link_not_loaded(key: str, version: int) -> str:
    """The same, where a person has stopped its load."""
    return f"The link leads to version {version} of {plain(key)}, which was not loaded."


def all_saved(number: int) -> str:
    """``All 3 results saved``."""
    return "1 result saved" if number == 1 else f"All {number:,} results saved"


def trying_again(seconds: int) -> str:
    """When a store that can't be reached is asked again."""
    return f"Trying again in {seconds} s."


def last_saved(stored: Sequence[Facts], at: Now) -> str:
    """``2 min ago (14:02) · 14.7 MB``."""
    age = ago(max(facts.saved_at for facts in stored), at)
    return f"{age[0].upper()}{age[1:]} · {size(sum(facts.bytes for facts in stored))}"


def progress(now: Progress) -> str:
    """``84 of 210 MB · about 6 s left. You can keep working.``; the latter for a save."""
    parts = [] if now.is_load else ["You can keep working."]
    if now.total:
        done, total = size(now.done), size(now.total)
        if done.split()[-1] == total.split()[-1]:
            done = done.split()[0]
        left = "" if now.seconds_left is None else f" · about {lasting(now.seconds_left)} left"
        parts.insert(0, f"{done} of {total}{left}")
    return ". ".join(parts)


def saving(number: int, now: Progress) -> str:
    """``Saving 2 results · 84 of 210 MB · about 6 s left. You can keep working.``"""
    return f"Saving {count(number, 'result')} · {progress(now)}"


def loading(keys: Sequence[str], now: Progress) -> str:
    """``Loading models · 30 of 120 MB · about 4 s left``."""
    return " · ".join(filter(None, (loading_what(keys), progress(now))))


def loading_what(keys: Sequence[str]) -> str:
    """``Loading models``, ``Loading 3 results``."""
    return f"Loading {plain(keys[0]) if len(keys) == 1 else count(len(keys), 'result')}"


def needed(key: str, length: int | None) -> str:
    """What stands where a page ends because a person stopped the load of its value."""
    large = "" if length is None else f" ({size(length)})"
    return f"{plain(key)}{large} is not loaded. This page goes on when it is."


def lasting(seconds: int) -> str:
    """``6 s``, ``3 min``."""
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"


def goes_up(number: int, length: int) -> str:
    """What lies here and waits for the network."""
    verb = "goes" if number == 1 else "go"
    return (
        f"{count(number, 'result')} ({size(length)}) {verb} up when you are online and signed in."
    )


def quota_used(used: int, quota: int) -> str:
    """``500 of 500 MB used. Delete versions you don't need.``"""
    amount, unit = size(quota).split()
    part = size(used)
    part = part.removesuffix(f" {unit}")
    return f"{part} of {amount} {unit} used. Delete versions you don't need."


def undeclared(number: int) -> str:
    """What the store holds beside the keys an app declared."""
    return f"{count(number, 'more result')} saved for this page under other names."


def _all(number: int) -> str:
    return "The result is" if number == 1 else f"All {number:,} results are"


def _refused(row: Row) -> str:
    problem = row.problem
    message = "" if problem is None else problem.message
    where = "" if problem is None or not problem.path else f" at {plain(problem.path)}"
    if row.state is State.TOO_LARGE:
        return f"Can't be stored: {_over(message)}{where}."
    if message.startswith("no signing key"):
        return "Can't be stored: models need a signing key in this app."
    # The core's refusals name a type and end in what to do; they hold nothing stored.
    found = re.match(r"can't keep ([^;]+); ([^;]+)", message)
    if found is None:
        return f"Can't be stored exactly{where}."
    advice = plain(found[2][0].upper() + found[2][1:])
    return f"Can't be stored: {plain(found[1])}{where}. {advice}."


def _over(message: str) -> str:
    """By how much something is too large, where that is a number of bytes."""
    found = re.search(r"over the limit of (\d+).*?: (\d+)", message)
    if found is None or "bytes" not in message:
        return "too large"
    return f"{size(int(found[2]))}, the limit here is {size(int(found[1]))}"


def _missing_class(row: Row) -> str:
    named = re.search(r"types=\[(\w+)", "" if row.problem is None else row.problem.message)
    return f"the class {plain(named[1])}" if named else "a class that this page doesn't name"
