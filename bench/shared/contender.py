"""What is measured: something that keeps values in a folder and gives them back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from . import durable


class Contender:
    """One way of keeping values, opened in a folder of its own."""

    name: ClassVar[str]
    kind: ClassVar[Literal["ours", "peer", "limit"]] = "peer"
    is_compressed: ClassVar[bool] = False
    lists_all: ClassVar[bool] = False
    """Whether `list` has a date, a size and a type for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def stored(cls, folder: Path) -> int:
        """How many bytes are kept for a folder."""
        return durable.size(folder)

    def prepare(self, value: Any) -> Any:
        """What `save` is given for a value; not part of the time."""
        return value

    def save(self, key: str, value: Any) -> None:
        """Keep a value; durable on return."""
        raise NotImplementedError

    def load(self, key: str) -> Any:
        """The value again; NotImplementedError where there is nothing to load."""
        raise NotImplementedError

    def list(self, user: str) -> Sequence[Any]:
        """What one of many users has."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what is open."""


def user_and_name(key: str) -> tuple[str, str]:
    """The parts of a key as W6 has them, of one of many users; others belong to nobody."""
    user, _, name = key.rpartition("/")
    return user, name


def in_turn(contenders: Sequence[type[Contender]], round_: int) -> list[type[Contender]]:
    """All of them, each round beginning with another, so that nobody is always first or last."""
    first = round_ % len(contenders)
    return [*contenders[first:], *contenders[:first]]
