"""Every state of the gallery by name: the names are those of addresses and pictures."""

from __future__ import annotations

from fixed import Shown
from panels import panels
from results import results


def states() -> dict[str, Shown]:
    """Made anew each time, since some say how many seconds are left."""
    return panels() | results()
