"""Classes that tests save instances of; importable by name, as a signed object's must be."""

from __future__ import annotations


class Model:
    """An object of no family: kept only as a signed Python object."""

    def __init__(self, weight: float) -> None:
        self.weight = weight
