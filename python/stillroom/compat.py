"""The names of the well-known recipe for keeping Streamlit results, on stillroom.

An app built after the recipe changes its imports and nothing else. What differs is
what was wrong: values come back exactly and not by way of JSON, only keys that the
panel declares are brought back, a set is saved whole, and absent, damaged and
unreachable are told apart. docs/streamlit.md has the rules.

Importing this module does not import Streamlit; the panel and auto-load do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ._errors import InvalidError, UnauthenticatedError
from ._open import open as _open
from ._records import Receipt
from ._store import Store

__all__ = [
    "NpEncoder",
    "ResultsStorageService",
    "auto_load_if_available",
    "get_storage_service",
    "render_results_storage_panel",
]


class NpEncoder(json.JSONEncoder):
    """A JSON encoder for NumPy and pandas scalars and arrays.

    For apps that write JSON themselves; stillroom doesn't need it, and a frame has no
    exact form in JSON, so a frame is a `TypeError` here. Missing times are null. A NaN
    is written as Python writes it, which Python reads back.

    Examples
    --------
    >>> import numpy as np
    >>> json.dumps({"rmse": np.float32(0.5), "ok": np.True_}, cls=NpEncoder)
    '{"rmse": 0.5, "ok": true}'
    >>> json.dumps(np.array(["2025-01-31", "NaT"], "M8[D]"), cls=NpEncoder)
    '["2025-01-31", null]'
    """

    def default(self, o: Any) -> Any:
        """What JSON can write in place of `o`."""
        module = type(o).__module__.partition(".")[0]
        if module == "numpy":
            return self._numpy(o)
        if module == "pandas":
            return self._pandas(o)
        return super().default(o)

    def _numpy(self, o: Any) -> Any:
        numpy = sys.modules["numpy"]
        if isinstance(o, numpy.ndarray):
            # Item by item, since tolist() turns times into bare counts.
            has_times = o.dtype.kind in "mM" and o.ndim
            return list(o) if has_times else o[()] if o.dtype.kind in "mM" else o.tolist()
        if isinstance(o, (numpy.datetime64, numpy.timedelta64)):
            # Before the integers: a timedelta64 is one, and would lose its unit.
            return None if numpy.isnat(o) else str(o)
        for kind, convert in (("bool", bool), ("integer", int), ("floating", float)):
            if isinstance(o, getattr(numpy, "bool_" if kind == "bool" else kind)):
                return convert(o)
        return super().default(o)

    def _pandas(self, o: Any) -> Any:
        pandas = sys.modules["pandas"]
        if o is pandas.NaT or o is pandas.NA:
            return None
        if isinstance(o, pandas.Timestamp):
            return o.isoformat()
        if isinstance(o, (pandas.Timedelta, pandas.Interval)):
            return str(o)
        return super().default(o)


class ResultsStorageService:
    """Saves and loads the results of whoever is looking at the app.

    Outside Streamlit, in a notebook or a script, they are the local owner's.

    Attributes
    ----------
    client : None
        There is no Supabase client behind a local store.
    table_name : str
        The recipe's table.
    """

    table_name = "app_results"

    def __init__(self, client: Any = None) -> None:
        if client is not None:
            raise InvalidError(
                "a client can't be used in this release; leave it out, and results are kept in "
                f"the local store: `{type(client).__name__}`"
            )
        self.client = None

    def save_results(
        self, page_key: str, result_key: str, data: Any, metadata: Any = None
    ) -> Receipt:
        """Keep a result, exactly.

        Parameters
        ----------
        page_key, result_key : str
            Where it lives; the panel uses its page title as the page key.
        data : object
            Anything stillroom keeps, frames and models included.
        metadata : object, optional
            Facts to keep in its record.

        Returns
        -------
        Receipt
            The record of the version that holds it.

        Raises
        ------
        UnauthenticatedError
            It can't be told whose result this is.
        """
        with _whose_store() as store:
            if store is None:
                raise UnauthenticatedError("User not authenticated. Cannot save results.")
            return store.save(page_key, result_key, data, metadata=metadata)

    def load_results(self, page_key: str, result_key: str, default: Any = None) -> Any:
        """The result that was saved.

        Parameters
        ----------
        page_key, result_key : str
            Where it lives.
        default : object, optional
            What to return when nothing is saved there or it can't be told who is
            asking. Something of your own tells that from a saved None.

        Returns
        -------
        object
            A new object at each call.

        Raises
        ------
        CorruptError, DeniedError, UnavailableError
            It is there, or may be, and can't be loaded. It is not absent.
        """
        with _whose_store() as store:
            return default if store is None else store.load(page_key, result_key, default=default)


def get_storage_service() -> ResultsStorageService:
    """A service for whoever is looking at the app; it holds nothing, so make as many as you like."""
    return ResultsStorageService()


def render_results_storage_panel(
    page_type: str, page_title: str, custom_keys: Iterable[str]
) -> None:
    """Show what is kept of a page, with a button that saves what isn't.

    Parameters
    ----------
    page_type : str
        Names the panel's elements, and nothing else.
    page_title : str
        Under what the results are kept. Give auto-load the same.
    custom_keys : list of str
        The session keys that hold results; None in one means "not computed".
    """
    from .streamlit import _recipe

    _recipe.panel(page_type, page_title, custom_keys)


def auto_load_if_available(page_key: str, keys: Iterable[str] | None = None) -> None:
    """Bring saved results back into the session, once per browser tab.

    Only keys that `keys` or the page's panel declare, and never over a value that is
    there. Delete ``st.session_state["__<page_key>_loaded_from_db"]`` to load again.

    Parameters
    ----------
    page_key : str
        The panel's page title.
    keys : list of str, optional
        Which session keys; those that the page's panel declares without it.
    """
    from .streamlit import _recipe

    _recipe.auto_load(page_key, keys)


@contextmanager
def _whose_store() -> Iterator[Store | None]:
    if _is_in_streamlit():
        from .streamlit import _recipe

        yield _recipe.store()
    else:
        with _open() as store:
            yield store


def _is_in_streamlit() -> bool:
    # An app has imported Streamlit by now; asking must not import it for a script.
    streamlit = sys.modules.get("streamlit.runtime")
    return streamlit is not None and streamlit.exists()
