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
from pathlib import Path
from typing import Any

import streamlit as st

from .._errors import StillroomError
from .._open import open as open_store
from .._records import Record
from .._store import Store
from . import _changes, _dialog_words, _versions
from ._session import Dialog
from ._tab import Tab

log = logging.getLogger("stillroom.streamlit")

_LONGEST_NAME = 80
"""Characters of a file's name, which some disks count in bytes, up to 255."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_BAD = re.compile(r'[\s/\\:*?"<>|%$;,&=`~!#\'{}()\[\]^+@-]+')

_BUNDLE = "application/octet-stream"


def draw(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> None:
    """Offer what there is of one result, or of the whole page."""
    is_anything = _draw_result(tab, dialog, history, key) if dialog.key else _draw_page(tab, key)
    if not is_anything:
        st.caption(_dialog_words.NOTHING_TO_DOWNLOAD)


def _draw_result(tab: Tab, dialog: Dialog, history: Sequence[Record], key: str) -> bool:
    name = file_name(tab.name, dialog.key)
    table = _table(tab, dialog, history)
    if table is not None:
        version = "" if dialog.version is None else f"-v{dialog.version}"
        _button(_dialog_words.CSV, table, f"{name}{version}.csv", "text/csv", f"{key}-csv")
    store = tab.store
    if history and store is not None:
        _button(
            _dialog_words.EVERYTHING,
            lambda: bundle(store, tab.name, dialog.key),
            f"{name}.stillroom",
            _BUNDLE,
            f"{key}-all",
        )
        st.caption(_dialog_words.everything(len(history), sum(one.bytes for one in history)))
    is_only_here = tab.has(dialog.key) and _versions.version_in_tab(tab, dialog.key) is None
    kept = is_only_here and _draw_unsaved(tab, [dialog.key], f"{name}-unsaved.stillroom", key)
    return table is not None or bool(history) or kept


def _draw_page(tab: Tab, key: str) -> bool:
    name, store = file_name(tab.name), tab.store
    listing = {} if store is None or not tab.memory.may_try else tab.listing()
    if listing and store is not None:
        page = tab.name
        _button(
            _dialog_words.EVERYTHING,
            lambda: bundle(store, page),
            f"{name}.stillroom",
            _BUNDLE,
            f"{key}-all",
        )
        st.caption(_dialog_words.whole_page(len(listing)))
    held = tab.keys()
    unsaved = [one for one in held if _versions.version_in_tab(tab, one) is None]
    # While the store can't be asked, what it has can't be had from it either.
    wanted = unsaved if listing else held
    return _draw_unsaved(tab, wanted, f"{name}-unsaved.stillroom", key) or bool(listing)


def _draw_unsaved(tab: Tab, keys: Sequence[str], name: str, key: str) -> bool:
    """Offer what only this tab has, as far as it can be kept at all."""
    with _scratch(tab) as scratch:
        values = {one: tab.get(one) for one in keys if scratch.check(tab.get(one)).ok}
    if not values:
        return False
    page, types = tab.name, tab.types
    label = _dialog_words.FROM_TAB
    _button(label, lambda: unsaved_bundle(page, values, types), name, _BUNDLE, f"{key}-tab")
    return True


def _scratch(tab: Tab) -> Store:
    return open_store("memory:", types=tab.types)


def _button(label: str, make: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    def made() -> bytes:
        try:
            return make()
        except StillroomError as error:
            log.warning("%s could not be made: %s", name, error)
            # Streamlit shows what it says; the reason is in the log.
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
        return str(frame.write_csv()).encode()
    if module == "pyarrow":
        value = value.to_pandas()
    index = value.index
    is_plain = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    return str(value.to_csv(index=not is_plain or index.name is not None)).encode()


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
    # A folder of mode 0700 around a file that is made in it, and both are gone after.
    with tempfile.TemporaryDirectory(prefix="stillroom-") as folder:
        path = Path(folder) / "bundle.stillroom"
        store.export_to(path, page=page, key=key)
        return path.read_bytes()


def unsaved_bundle(page: str, values: Mapping[str, Any], types: Sequence[type]) -> bytes:
    """A file of values that no store has, through one that lives as long as that takes."""
    with open_store("memory:", types=types) as scratch:
        scratch.save_page(page, values)
        return bundle(scratch, page)


def file_name(*names: str) -> str:
    """``train_models-forecast``: a name that is one on every system, and goes nowhere else."""
    return "-".join(filter(None, map(_plain, names)))[:_LONGEST_NAME].rstrip("-.") or "results"


def _plain(name: str) -> str:
    """Letters, digits and a few marks of a name."""
    text = unicodedata.normalize("NFC", name)
    printable = "".join(one if one.isprintable() else "-" for one in text)
    kept = _BAD.sub("-", printable).strip("-.")
    return f"{kept}-" if _RESERVED.match(kept) else kept
