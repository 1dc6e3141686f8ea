"""Pickling of opaque objects: the one place that knows pickle.

The extension calls `dump` for an object of no family, and `load` only for an
object whose record a signing key in hand has signed. Nothing else may.
"""

from __future__ import annotations

import io
import pickle
import sys
from types import FunctionType
from typing import Any

from ._warn import warn

# A class or function of these modules is gone, or another one, at the next run.
_PASSING_MODULES = ("__main__", "__mp_main__")


class RefusedError(Exception):
    """Something inside an object can't come back; the message says what, and what to do."""


class _Pickler(pickle.Pickler):
    """Protocol 5 with buffers beside it; refuses code that could not be found again."""

    def __init__(self, file: io.BytesIO) -> None:
        self.buffers: list[pickle.PickleBuffer] = []
        self.libraries: set[str] = set()
        super().__init__(file, protocol=5, buffer_callback=self.buffers.append)

    def reducer_override(self, obj: Any) -> Any:
        """Looks at each class and function on its way, and leaves the pickling to pickle."""
        if issubclass(type(obj), type) or type(obj) is FunctionType:
            _check(obj)
            self.libraries.add((obj.__module__ or "").partition(".")[0])
        return NotImplemented


def _check(obj: Any) -> None:
    module, qualname = obj.__module__, obj.__qualname__
    if module in _PASSING_MODULES or "<" in qualname:
        what = "class" if isinstance(obj, type) else "function"
        raise RefusedError(
            f"can't keep an object with a {what} that can't be imported by name inside; "
            f"move the {what} to a module: {module}.{qualname}"
        )


def dump(obj: Any) -> tuple[bytes, list[tuple[memoryview, bool]], list[tuple[str, str]]]:
    """Pickles an object.

    Returns
    -------
    tuple
        The pickle; each out-of-band buffer's memory with whether it is
        read-only; each library in it with its version.
    """
    file = io.BytesIO()
    pickler = _Pickler(file)
    pickler.dump(obj)
    views = [buffer.raw() for buffer in pickler.buffers]
    versions = [
        (name, version) for name in sorted(pickler.libraries) if (version := _version(name))
    ]
    return file.getvalue(), [(view, view.readonly) for view in views], versions


def load(data: Any, buffers: list[tuple[Any, bool]], versions: list[tuple[str, str]]) -> Any:
    """Opens a pickle, and says when a library is of another major version than the one that made it."""
    views = [
        memoryview(buffer).toreadonly() if readonly else buffer for buffer, readonly in buffers
    ]
    obj = pickle.loads(data, buffers=views)
    for name, then in versions:
        now = _version(name)
        if now and _major(now) != _major(then):
            warn(
                f"an object made with {name} {then} was opened with {name} {now}; "
                "it may behave differently: compute it again, or install the version that made it"
            )
    return obj


def _version(library: str) -> str | None:
    version = getattr(sys.modules.get(library), "__version__", None)
    return version if isinstance(version, str) else None


def _major(version: str) -> str:
    return version.partition(".")[0]
