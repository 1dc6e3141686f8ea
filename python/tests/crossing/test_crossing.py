"""What the oldest numpy and pandas wrote is read under the newest, and back.

The other side is another interpreter: `STILLROOM_OLDEST_PYTHON` names that of
the oldest environment, as `make test` does. Without it these tests fail.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import cross
import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).parent
OTHER = "STILLROOM_OLDEST_PYTHON"


@pytest.fixture
def oldest_python() -> str:
    python = os.environ.get(OTHER)
    assert python, f"say in {OTHER} where the oldest environment's python is; make test does"
    return python


@pytest.fixture
def other_side(oldest_python):
    """Runs `cross.py` with the oldest libraries, and gives what it printed."""

    def run(*arguments: str | Path) -> str:
        environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
        return output([oldest_python, HERE / "cross.py", *arguments], env=environment)

    return run


def output(command: list[str | Path], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sides_are_of_other_generations(oldest_python):
    script = "import numpy, pandas; print(numpy.__version__, pandas.__version__)"
    numpy, pandas = output([oldest_python, "-c", script]).split()

    assert (numpy.split(".")[0], pandas.split(".")[0]) == ("1", "2")
    assert int(np.__version__.split(".")[0]) >= 2
    assert int(pd.__version__.split(".")[0]) >= 3


def test_what_the_oldest_libraries_wrote_is_read_under_the_newest(other_side, store_path):
    other_side("write", store_path)

    assert cross.read(store_path) == {}


def test_what_the_newest_libraries_wrote_is_read_under_the_oldest(other_side, store_path):
    cross.write(store_path)

    assert json.loads(other_side("read", store_path)) == {}
