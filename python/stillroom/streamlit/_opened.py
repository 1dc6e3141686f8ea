"""Keeps a page to the visit it was opened for.

What `page` gives knows whose results these are, and so it must not outlive the visit.
An app may let it: in a variable of a module, which all visitors share, in a cache, in the
session. There it is refused, before the second visitor reads what is the first one's.
"""

from __future__ import annotations

import weakref

from streamlit.runtime.scriptrunner import get_script_run_ctx

from .._errors import InvalidError
from . import _loading
from ._tab import Tab


class Opened:
    """A tab of a page, with the session and the run in which it was opened."""

    __slots__ = ("_run", "_session", "tab")

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        run = get_script_run_ctx(suppress_warning=True)
        self._session = None if run is None else run.session_id
        self._run = None if run is None else weakref.ref(run)

    def by_its_visitor(self) -> Tab:
        """The tab, for whoever it was opened for; a thread that has no visitor may go on.

        In the run that opened it nothing of Streamlit's is asked: that could end a script
        before it has saved. A click and a fragment are other runs, and ask once.

        Raises
        ------
        InvalidError
            Somebody else is looking by now, or in another tab.
        """
        run = get_script_run_ctx(suppress_warning=True)
        if run is None or (self._run is not None and self._run() is run):
            return self.tab
        if run.session_id != self._session or not _loading.is_still_theirs(self.tab):
            raise InvalidError(
                "a page belongs to the visit it was opened for; call sr.page in the script, in "
                "every run, and keep what it gives in no module, cache or session: "
                f"`{self.tab.name}`"
            )
        self._run = weakref.ref(run)
        return self.tab
