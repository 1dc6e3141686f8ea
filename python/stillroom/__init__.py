"""Keeps the results of long computations, exactly, and brings them back.

>>> import stillroom
>>> store = stillroom.open("memory:")             # without an argument: ./.stillroom
>>> page = store.page("train_models")             # a mapping that lasts
>>> if "forecast" not in page:
...     page["forecast"] = [1.0, 2.5]             # durable when this line returns
>>> page["forecast"]
[1.0, 2.5]

Importing this imports neither NumPy, pandas nor Streamlit; a value of theirs does.
The Streamlit layer is `stillroom.streamlit`.
"""

from __future__ import annotations

import warnings

from ._core import IS_DEBUG, __version__
from ._errors import (
    ConflictError,
    CorruptError,
    DeniedError,
    DiskFullError,
    InternalError,
    InvalidError,
    NotFoundError,
    StillroomError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from ._open import open
from ._page import Page
from ._page_load import PageLoad
from ._records import Check, Deleted, Part, Problem, Receipt, Record, Usage
from ._reports import (
    Change,
    Column,
    Copied,
    Damage,
    Diff,
    Exported,
    Imported,
    Preview,
    Scalar,
    Swept,
    Verified,
)
from ._session import Session, send_code, sign_in, sign_out
from ._store import Store

__all__ = [
    "Change",
    "Check",
    "Column",
    "ConflictError",
    "Copied",
    "CorruptError",
    "Damage",
    "Deleted",
    "DeniedError",
    "Diff",
    "DiskFullError",
    "Exported",
    "Imported",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "Page",
    "PageLoad",
    "Part",
    "Preview",
    "Problem",
    "Receipt",
    "Record",
    "Scalar",
    "Session",
    "StillroomError",
    "Store",
    "Swept",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
    "Usage",
    "Verified",
    "__version__",
    "open",
    "send_code",
    "sign_in",
    "sign_out",
]

if IS_DEBUG:
    # Silenced the way every warning is; our tests set
    # PYTHONWARNINGS="ignore:stillroom is a debug build".
    warnings.warn(
        "stillroom is a debug build, many times slower than a release; "
        "build it with: maturin develop --release",
        RuntimeWarning,
        stacklevel=2,
    )
