"""The states of the panel as a whole."""

from __future__ import annotations

from stillroom import DeniedError, DiskFullError, UnavailableError, UnsupportedError
from stillroom.streamlit import _summary, _words
from stillroom.streamlit._rows import State
from stillroom.streamlit._session import Outcome, Problem, Trouble, monotonic
from stillroom.streamlit._summary import Loading, Saving, Visitor
from stillroom.streamlit._view import Progress, View

from fixed import (
    A_LAMBDA,
    ADA_HERE,
    AT,
    FRIDAY,
    JUST_NOW,
    Shown,
    panel,
    row,
    saved,
    stored,
    under,
)

MB = 1_000_000


def panels() -> dict[str, dict[str, Shown]]:
    """By heading and name, in the order in which a page may go through them."""
    return {
        "Most days": _usual(),
        "Saving and loading": _of_a_save_or_load(),
        "Who looks": _of_the_visitor(),
        "The store": _of_the_store(),
        "Links": _of_a_link(),
        "Several results": _of_results(),
    }


def _usual() -> dict[str, Shown]:
    computed = [row(key, State.ONLY_IN_TAB) for key in ("forecast", "metrics")]
    mixed = [row("forecast", State.CHANGED), *saved()[1:], row("residuals", State.SAVED)]
    nothing = [row(key, State.NOT_COMPUTED) for key in ("forecast", "metrics", "models")]
    return {
        "nothing-yet": Shown(
            "Nothing yet",
            "Nobody has computed anything on this page.",
            panel(nothing),
        ),
        "all-saved-closed": Shown(
            "All saved, closed",
            "How the panel stands at the end of a page on most days.",
            View(panel(saved()).summary),
            is_open=False,
        ),
        "all-saved": Shown("All saved", "The same, opened.", panel(saved())),
        "unsaved": Shown(
            "Unsaved",
            "Results were computed on a page that doesn't save by itself.",
            panel(computed),
        ),
        "mixed": Shown(
            "One change not saved",
            "One of four saved results was computed again, and not saved by itself.",
            panel(mixed),
        ),
    }


def _of_a_save_or_load() -> dict[str, Shown]:
    progress = Progress(84 * MB, 210 * MB, 6)
    done = Outcome((("forecast", 4), ("metrics", 2)), ("models",))
    after = [
        row("forecast", State.SAVED, stored=stored("forecast", 4, age=JUST_NOW)),
        row("metrics", State.SAVED, age=JUST_NOW),
        row("models", State.SAVED),
    ]
    unchanged = Outcome((), ("forecast", "metrics", "models"))
    large = stored("models", age=FRIDAY)._replace(bytes=120 * MB)
    on_its_way = row("models", State.NOT_LOADED, stored=large, is_in_tab=False, is_loading=True)
    read = Progress(30 * MB, 120 * MB, 4, is_load=True)
    return {
        "saving": Shown(
            "Saving",
            "A save takes longer than a second; the page can be used meanwhile.",
            panel(
                [row("forecast", State.CHANGED), row("metrics", State.ONLY_IN_TAB), saved()[2]],
                saving=Saving(number=2, progress=progress),
            ),
        ),
        "loading": Shown(
            "Loading",
            "Somebody pressed Load, and it takes longer than a second.",
            panel([*saved()[:2], on_its_way], loading=Loading(keys=("models",), progress=read)),
        ),
        "just-saved": Shown("Just saved", "Somebody pressed Save.", panel(after, outcome=done)),
        "nothing-changed": Shown(
            "Nothing changed",
            "Somebody saved again what was saved already.",
            panel(saved(), outcome=unchanged),
        ),
    }


def _of_the_visitor() -> dict[str, Shown]:
    computed = [row(key, State.ONLY_IN_TAB) for key in ("forecast", "metrics")]
    several = ("google", "microsoft")
    return {
        "signed-out": Shown(
            "Signed out",
            "The app has sign-in, and nobody is signed in.",
            panel([], Visitor(identity=None, is_signed_out=True, providers=[None])),
        ),
        "signed-out-project": Shown(
            "Signed out of a Supabase project",
            "The store is a Supabase project, to which people sign in within the page.",
            panel(
                [],
                Visitor(identity=None, is_signed_out=True, providers=[None], has_form=True),
            ),
        ),
        "signed-out-several": Shown(
            "Signed out, several providers",
            "The same, where people can sign in with one of several providers.",
            panel([], Visitor(identity=None, is_signed_out=True, providers=several)),
        ),
        "expired": Shown(
            "Sign-in expired",
            "Somebody was signed in to the project until a moment ago.",
            under(_summary.expired(), computed),
        ),
        "not-set-up": Shown(
            "Not set up, for visitors",
            "The app doesn't say whose results it keeps, and somebody visits it from elsewhere.",
            panel([], Visitor(identity=None)),
        ),
        "choose-identity": Shown(
            "Not set up, for the person at this computer",
            "The same, seen by whoever runs the app.",
            panel([], Visitor(identity=None, is_here=True)),
        ),
        "single-user": Shown(
            "Shared by everyone",
            "The app keeps one set of results for all its visitors.",
            panel(saved(), Visitor(identity="single-user")),
        ),
        "kept-here": Shown(
            "On one's own computer",
            "The person at this computer also reads where results are kept.",
            panel(saved(), ADA_HERE, remarks=["Kept in /home/ada/arrivals/.stillroom"]),
        ),
    }


def _of_the_store() -> dict[str, Shown]:
    unsaved = [row("forecast", State.CHANGED), *saved()[1:]]
    return {
        "unreachable": Shown(
            "Store can't be reached",
            "The results store doesn't answer; it is asked again in a while.",
            panel(saved(), trouble=_trouble(UnavailableError, 30)),
        ),
        "unreachable-here": Shown(
            "Store can't be reached, on one's own computer",
            "The person at this computer also reads the reason, which for others is in the log.",
            panel(saved(), ADA_HERE, trouble=_trouble(UnavailableError, 30), remarks=[_NO_DISK]),
        ),
        "asleep": Shown(
            "Store asleep",
            "The project that holds the results was paused.",
            under(_summary.asleep(), saved()),
            is_planned=True,
        ),
        "waiting-to-upload": Shown(
            "Waiting to upload",
            "Results were saved on this computer while it was offline.",
            under(_summary.waiting(2, 14 * MB), saved()),
            is_planned=True,
        ),
        "read-only": Shown(
            "Read-only",
            "The app may read its results store but not write to it.",
            panel(unsaved, trouble=_trouble(DeniedError, 5, is_about_saving=True)),
        ),
        "disk-full": Shown(
            "Disk full",
            "There is no room left on the disk of the app.",
            panel(unsaved, trouble=_trouble(DiskFullError, 5, is_about_saving=True)),
        ),
        "over-quota": Shown(
            "Space full",
            "Somebody has used all the space they were given.",
            under(_summary.over_quota(500 * MB, 500 * MB), unsaved),
            is_planned=True,
        ),
        "until-restart": Shown(
            "Kept until restart",
            "The app runs where its disk goes with it.",
            panel(saved(), is_lasting=False),
        ),
        "schema-mismatch": Shown(
            "App and store don't match",
            "The results store was set up by another release of stillroom.",
            panel(saved(), trouble=_trouble(UnsupportedError, 30)),
        ),
    }


def _of_a_link() -> dict[str, Shown]:
    linked = _words.linked("forecast", stored("forecast", 2, age=FRIDAY), AT)
    older = row("forecast", State.OLDER_IN_TAB, base=stored("forecast", 2, age=FRIDAY))
    return {
        "from-a-link": Shown(
            "From a link",
            "Somebody opened the link to one version; nothing is saved while it is shown.",
            panel([older, *saved()[1:]], linked=linked),
        ),
        "dead-link": Shown(
            "From a link that leads nowhere",
            "Somebody opened the link to a result that isn't theirs, or is gone.",
            panel(saved(), complaint=_words.BAD_LINK),
        ),
        "unopened-link": Shown(
            "From a link to what can't be opened",
            "The version that the link leads to is theirs, but damaged or locked.",
            panel(saved(), complaint=_words.link_unopened("forecast", 2)),
        ),
    }


def _of_results() -> dict[str, Shown]:
    thousand = [row(f"fold {number}", State.SAVED, age=FRIDAY) for number in range(998)]
    exceptions = [row("forecast", State.CHANGED), row("metrics", State.ONLY_IN_TAB)]
    refused = Problem("unsupported", 'cv[3]["scorer"]', A_LAMBDA)
    cant_store = row("cv", State.CANT_STORE, stored=None, problem=refused)
    return {
        "some-cant-be-stored": Shown(
            "Some can't be stored",
            "One of several new results has a part that can't be kept exactly.",
            panel([*exceptions, cant_store, saved()[2]]),
        ),
        "some-cant-be-opened": Shown(
            "Some can't be opened",
            "One of several stored results couldn't be brought back.",
            panel([saved()[0], row("models", State.LOCKED, is_in_tab=False)]),
        ),
        "other-names": Shown(
            "More under other names",
            "The store has results of this page that the app doesn't ask for.",
            panel(saved(), undeclared=2),
        ),
        "long-names": Shown(
            "Long names",
            "Results are called what the app calls them, also on a phone.",
            panel([row(name, state) for name, state in _LONG]),
        ),
        "thousand-results": Shown(
            "A thousand results",
            "A page keeps more results than fit; what needs a person comes first.",
            panel([*thousand, *exceptions]),
        ),
    }


_NO_DISK = "can't open the catalog: unable to open database file: `/home/ada/arrivals/.stillroom`"
_LONG = (
    ("hyperparameter_search_results_of_all_twelve_models", State.CHANGED),
    ("Residuals by hospital, weekday and horizon (without holidays)", State.SAVED),
)


def _trouble(error: type, seconds: int, *, is_about_saving: bool = False) -> Trouble:
    # Until a moment of the clock that the panel reads, so it says `seconds` when drawn now.
    return Trouble(error, "", is_about_saving, 1, monotonic() + seconds)
