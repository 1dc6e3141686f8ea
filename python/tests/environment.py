"""What this environment has libraries for: whole test modules about others are left out by this rule."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np


def has(*libraries: str) -> bool:
    """Whether all of these are installed."""
    return all(importlib.util.find_spec(library) for library in libraries)


#: Modules about what an environment may have no library for, and whether this one has it.
NEEDS = {
    "test_text_array.py": hasattr(np.dtypes, "StringDType"),
    **dict.fromkeys(("test_arrow.py", "test_arrow_text.py"), has("pyarrow")),
    "test_memory.py": sys.platform == "linux",
    "test_polars.py": has("polars"),
    "test_scipy.py": has("scipy"),
    "test_plotly.py": has("plotly"),
    "test_altair.py": has("altair"),
    "streamlit/test_plotly_figures.py": has("plotly"),
    "streamlit/test_polars_dialogs.py": has("polars"),
    "test_xarray.py": has("xarray"),
    "test_stand_in.py": has("supabase"),
    **dict.fromkeys(
        ("test_strict_libraries.py", "test_spoilt_libraries.py"),
        has("pyarrow", "polars", "scipy", "plotly", "altair", "xarray"),
    ),
}
MISSING = [module for module, is_here in NEEDS.items() if not is_here]
