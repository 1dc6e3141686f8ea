"""Classes that tests save instances of; importable by name, as a signed object's must be."""

from __future__ import annotations


class Model:
    """An object of no family: kept only as a signed Python object."""

    def __init__(self, weight: float) -> None:
        self.weight = weight


class Estimator:
    """An object with arrays, as a fitted model is: they lie beside its pickle."""

    def __init__(self, **attributes: object) -> None:
        vars(self).update(attributes)

    def predict(self, x):
        return x @ self.coefficients


class Pipeline:
    """An object that holds others."""

    def __init__(self, *steps: object) -> None:
        self.steps = steps


def scale(x):
    """A function that can be imported by name."""
    return x / 2


class Bunch(dict):
    """A subclass of a built-in: no family, but importable."""


class Gone:
    """An object whose pickle can't be opened again."""

    def __reduce__(self):
        return _unpickle, ()


def _unpickle():
    raise AttributeError("_random_state")


#: What unpickling `Ran` leaves behind.
happened: list[str] = []


def happen() -> None:
    happened.append("unpickled")


class Ran:
    """An object whose pickle runs code when it is opened."""

    def __reduce__(self):
        return happen, ()
