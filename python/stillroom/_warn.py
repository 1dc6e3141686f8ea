"""Warnings that point at the app's line and not at ours."""

from __future__ import annotations

import sys
import warnings


def warn(message: str) -> None:
    """Warns, as the code that called into this package from outside."""
    depth = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, UserWarning, stacklevel=depth + 1)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "stillroom"
