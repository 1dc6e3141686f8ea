"""What made a result: the versions in use, as JSON beside each save.

Nothing about the user, the host or its paths is in it: a record may be shown to
others. A library is named only when the app has imported it; asking for its
version must not import it.
"""

from __future__ import annotations

import json
import platform
import sys
from functools import lru_cache

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
    modules = map(sys.modules.get, _LIBRARIES)
    return _text(tuple(getattr(module, "__version__", None) for module in modules))


@lru_cache(maxsize=16)
def _text(versions: tuple[object, ...]) -> str:
    """The text where the libraries have these versions, None for one that isn't imported.

    It is the same for most saves of a process, and to write it anew takes a tenth of a
    small one.
    """
    named = zip(_LIBRARIES.values(), versions, strict=True)
    return json.dumps(
        {
            "stillroom": __version__,
            "python": platform.python_version(),
            "platform": f"{sys.platform} {platform.machine()}",
            "libraries": {name: number for name, number in named if isinstance(number, str)},
        }
    )
