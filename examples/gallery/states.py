"""Every state of the gallery by name: the names are those of addresses and pictures."""

from __future__ import annotations

from fixed import Shown
from panels import panels
from results import results


def groups() -> dict[str, dict[str, Shown]]:
    """The states under the headings they are shown by: first the panel's, then a result's.

    Made anew each time, since some say how many seconds are left.
    """
    return panels() | results()


def states() -> dict[str, Shown]:
    """All of them."""
    return {name: one for group in groups().values() for name, one in group.items()}
