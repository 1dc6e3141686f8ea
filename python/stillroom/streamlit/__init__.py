"""Results that last, in a Streamlit app.

>>> import stillroom.streamlit as sr
>>> page = sr.page("train_models", title="Train models")  # doctest: +SKIP
>>> if "forecast" not in page:  # doctest: +SKIP
...     page["forecast"] = train()  # kept even if the tab is gone by now
>>> page.panel()  # doctest: +SKIP

What belongs to whom is decided when the page is opened: docs/streamlit.md#identity.
"""

from __future__ import annotations

from ._connection import StillroomConnection
from ._page import Page, page
from ._signing_in import sign_in, sign_out

__all__ = ["Page", "StillroomConnection", "page", "sign_in", "sign_out"]
