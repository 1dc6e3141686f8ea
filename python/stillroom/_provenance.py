"""What made a result: the versions in use, as JSON beside each save.

Nothing about the user, the host or its paths is in it: a record may be shown to
others. A library is named only when the app has imported it; asking for its
version must not import it.
"""

from __future__ import annotations

import json
import platform
import sys

from ._core import __version__

_LIBRARIES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "polars": "polars",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "xarray": "xarray",
    "plotly": "plotly",
    "altair": "altair",
    "streamlit": "streamlit",
}
"""The module of each library that is worth knowing about, and the name people install it by."""


def current() -> str:
    """The JSON text for a save that happens now."""
    return json.dumps(
        {
            "stillroom": __version__,
            "python": platform.python_version(),
            "platform": f"{sys.platform} {platform.machine()}",
            "libraries": _libraries(),
        }
    )


def _libraries() -> dict[str, str]:
    found = {
        name: getattr(sys.modules.get(module), "__version__", None)
        for module, name in _LIBRARIES.items()
    }
    return {name: number for name, number in found.items() if isinstance(number, str)}
