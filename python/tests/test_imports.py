"""What importing the package costs, and what it warns of."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import stillroom
from stillroom import _core

IMPORTED = "import json, sys, stillroom; print(json.dumps(sorted(sys.modules)))"
HEAVY = ["numpy", "pandas", "streamlit", "sklearn", "polars", "pyarrow", "scipy", "plotly"]


@pytest.mark.parametrize("library", HEAVY)
def test_importing_stillroom_imports_no_library(library: str, imported_modules: list[str]):
    assert library not in imported_modules


@pytest.fixture(scope="module")
def imported_modules() -> list[str]:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, check=True)
    return json.loads(done.stdout)


def test_saving_plain_values_imports_no_library(run_python):
    script = """
import sys, stillroom
page = stillroom.open("memory:").page("p")
page["value"] = {"rmse": 1.21, ("tuple", 1): [None, True, b"bytes"]}
assert page["value"] == {"rmse": 1.21, ("tuple", 1): [None, True, b"bytes"]}
print([name for name in sys.argv[1:] if name in sys.modules])
"""
    assert run_python(script, *HEAVY).strip() == "[]"


def test_everything_public_is_there_and_documented():
    for name in stillroom.__all__:
        assert getattr(stillroom, name).__doc__, name


def test_a_debug_build_warns_on_import_and_a_release_does_not():
    script = (
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    import stillroom\n"
        "print([str(one.message).split(',')[0] for one in caught])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    expected = ["stillroom is a debug build"] if _core.IS_DEBUG else []
    assert done.stdout.strip() == str(expected)
