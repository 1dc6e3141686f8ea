"""Files to take away: a table as CSV, and everything as a bundle that loses nothing.

The bytes are made when the button is pressed, on a thread that knows neither session
nor visitor: whose results they are is settled before, in the function that is handed
to the button. A bundle is written to a folder of its own that nobody else can read,
and is gone from there before the browser has it.

Cells of a CSV are written as they are. A text that begins with ``=`` stays one, and a
spreadsheet may take it for a formula: a file that differs from the result would be
worse, and `docs/streamlit.md` says so.
"""

from __future__ import annotations

import logging
import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from .._errors import StillroomError
from .._records import Record
from .._store import Store
from . import _care, _changes, _dialog_words, _versions
from ._session import Dialog, Facts
from ._tab import Tab

log = logging.getLogger("stillroom.streamlit")

_LONGEST_NAME = 200
"""Bytes of a file's name without what comes after it; many disks allow 255."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_BAD = re.compile(r'[\s/\\:*?"<>|%$;,&=`~!#\'{}()\[\]^+@-]+')

_BUNDLE = "application/octet-stream"
_IN_MEMORY = "/dev/shm"
"""A folder that isn't on the disk, where a system has one."""


def draw(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    """Offer what there is of one result, or of the whole page."""
    is_anything = _draw_result(tab, dialog, history, key) if dialog.key else _draw_page(tab, key)
    if not is_anything:
        st.caption(_dialog_words.NOTHING_TO_DOWNLOAD)


def _draw_result(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> bool:
    about, page, store = dialog.key, tab.name, tab.store
    name = file_name(page, about)
    table = _table(tab, dialog, history)
    if table is not None:
        version = "" if dialog.version is None else f"-v{dialog.version}"
        _button(_dialog_words.CSV, table, f"{name}{version}.csv", "text/csv", f"{key}-csv")
    if history and store is not None:
        make = partial(bundle, store, page, about)
        said = _dialog_words.everything(len(history), sum(one.bytes for one in history))
        is_damaged = any(record.is_damaged for record in history)
        _draw_everything(make, name, said, key, is_damaged=is_damaged)
    is_in_store = bool(history) and _versions.version_in_tab(tab, about) is not None
    wanted = [about] if dialog.version is None and tab.has(about) and not is_in_store else []
    is_offered = _draw_in_tab(tab, wanted, f"{name}-unsaved.stillroom", key)
    return table is not None or bool(history) or is_offered


def _draw_page(tab: Tab, key: str) -> bool:
    name, page, store = file_name(tab.name), tab.name, tab.store
    listing = _listing(tab)
    if listing and store is not None:
        said = _dialog_words.whole_page(len(listing))
        is_damaged = any(facts.is_damaged for facts in listing.values())
        _draw_everything(partial(bundle, store, page), name, said, key, is_damaged=is_damaged)
    held = tab.keys()
    unsaved = [one for one in held if _versions.version_in_tab(tab, one) is None]
    # While the store can't be asked, what it has can't be had from it either.
    wanted = unsaved if listing else held
    return _draw_in_tab(tab, wanted, f"{name}-unsaved.stillroom", key) or bool(listing)


def _draw_everything(
    make: Callable[[], bytes], name: str, said: str, key: str, *, is_damaged: bool
) -> None:
    if is_damaged:
        # What can't be read again is in no bundle, and the newest Streamlit has no word for why.
        st.caption(_dialog_words.DAMAGED_IN_THE_WAY)
        return
    _button(_dialog_words.EVERYTHING, make, f"{name}.stillroom", _BUNDLE, f"{key}-all")
    st.caption(said)


def _listing(tab: Tab) -> Mapping[str, Facts]:
    """What is stored, or nothing while the store can't say."""
    try:
        return tab.listing() if tab.memory.may_read else {}
    except StillroomError as error:
        _care.trouble(tab, error)
        return {}


def _draw_in_tab(tab: Tab, keys: Sequence[str], name: str, key: str) -> bool:
    """Offer what the tab has of these, and say which of them can't be kept in a file."""
    if not keys:
        return False
    with tab.scratch() as scratch:
        values = {one: tab.get(one) for one in keys if scratch.check(tab.get(one)).ok}
    if values:
        make = partial(bundle_of_values, tab.scratch, tab.name, values)
        _button(_dialog_words.FROM_TAB, make, name, _BUNDLE, f"{key}-tab")
    left = [one for one in keys if one not in values]
    if left:
        st.caption(_dialog_words.left_out(left))
    return True


def _button(label: str, make: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    def made() -> bytes:
        try:
            return make()
        except Exception as error:
            # What another library says may hold cells of the table.
            is_said = isinstance(error, (StillroomError, OSError))
            log.warning("%s could not be made: %s", name, error if is_said else type(error))
            # The oldest Streamlit shows what it says, and newer ones words of their own.
            raise RuntimeError(_dialog_words.NOT_MADE) from None

    st.download_button(
        label,
        data=made,
        file_name=name,
        mime=mime,
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def _table(tab: Tab, dialog: Dialog, history: Sequence[Record]) -> Callable[[], bytes] | None:
    """What makes the CSV of a version, or of the value in the tab; None for no table."""
    store, key, version = tab.store, dialog.key, dialog.version
    in_tab = _versions.version_in_tab(tab, key)
    is_wanted_here = tab.has(key) and version in (None, in_tab)
    if is_wanted_here and is_table(tab.get(key)):
        value = tab.get(key)
        return lambda: csv(value)
    record = next((one for one in history if version in (None, one.version)), None)
    if is_wanted_here or record is None or store is None or not _changes.has_rows(record):
        return None
    page, number, types = tab.name, record.version, tab.types
    return lambda: csv(store.load(page, key, version=number, types=types))


def is_table(value: Any) -> bool:
    """Whether a value has a CSV: a frame, series or table of the libraries that have them."""
    module = type(value).__module__.partition(".")[0]
    name = type(value).__name__
    return (module, name) in _TABLES


def csv(value: Any) -> bytes:
    """A table as CSV, in UTF-8; the index is in it when it says more than the place."""
    module = type(value).__module__.partition(".")[0]
    if module == "polars":
        frame = value.to_frame() if type(value).__name__ == "Series" else value
        if not any(_is_unwritable(dtype) for dtype in frame.dtypes):
            return str(frame.write_csv()).encode()
        value = frame.to_arrow()
    if module in ("polars", "pyarrow"):
        # Only here: what an app has imported costs it time in every rerun, which ends with a
        # pass of the garbage collector over all of it.
        import pandas as pd

        # As Arrow's own types: in those of NumPy a missing value makes whole numbers floats.
        value = value.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    index = value.index
    is_plain = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    return str(value.to_csv(index=not is_plain or index.name is not None)).encode()


def _is_unwritable(dtype: Any) -> bool:
    """Whether polars has no form in CSV for a dtype of its own."""
    return bool(dtype.is_nested()) or str(dtype).partition("(")[0] in ("Binary", "Duration")


_TABLES = frozenset(
    {
        ("pandas", "DataFrame"),
        ("pandas", "Series"),
        ("polars", "DataFrame"),
        ("polars", "Series"),
        ("pyarrow", "Table"),
    }
)


def bundle(store: Store, page: str, key: str | None = None) -> bytes:
    """A file of a page, or of one result, with all versions."""
    try:
        return _bundle(store, page, key, None)
    except OSError:
        if not Path(_IN_MEMORY).is_dir():
            raise
        # A full disk may be the one of the temporary files too, and it is then that people
        # have to take away what they have.
        return _bundle(store, page, key, _IN_MEMORY)


def _bundle(store: Store, page: str, key: str | None, place: str | None) -> bytes:
    # A folder of mode 0700 around a file that is made in it, and both are gone after.
    with tempfile.TemporaryDirectory(prefix="stillroom-", dir=place) as folder:
        path = Path(folder) / "bundle.stillroom"
        store.export_to(path, page=page, key=key)
        return path.read_bytes()


def bundle_of_values(scratch: Callable[[], Store], page: str, values: Mapping[str, Any]) -> bytes:
    """A file of values that no store has, through one that lives as long as that takes."""
    with scratch() as store:
        store.save_page(page, values)
        return bundle(store, page)


def file_name(*names: str) -> str:
    """``train_models-forecast``: a name that is one on every system, and goes nowhere else."""
    whole = "-".join(filter(None, map(_plain, names)))
    cut = whole.encode()[:_LONGEST_NAME].decode(errors="ignore").rstrip("-.")
    return f"results-{cut}" if _RESERVED.match(cut) else cut or "results"


def _plain(name: str) -> str:
    """Letters, digits and a few marks of a name."""
    text = unicodedata.normalize("NFC", name)
    printable = "".join(one if one.isprintable() else "-" for one in text)
    return _BAD.sub("-", printable).strip("-.")
