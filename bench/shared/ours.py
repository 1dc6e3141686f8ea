"""stillroom as it is measured: a local store, in each of its ways to compress."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import stillroom

from .contender import Contender, user_and_name

PAGE = "bench"


class Stillroom(Contender):
    """A store that compresses nothing."""

    name = "stillroom"
    kind = "ours"
    lists_all = True
    compression: ClassVar[str] = "none"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # Without a key nothing can pass by way of pickle.
        self.store = stillroom.open(
            folder / "store", signing_key=[], durable=True, compression=self.compression
        )
        self._of = cache(lambda user: self.store.as_owner(uuid.uuid5(uuid.NAMESPACE_OID, user)))

    def save(self, key: str, value: Any) -> None:
        store, name = self._place(key)
        store.save(PAGE, name, value)

    def load(self, key: str) -> Any:
        store, name = self._place(key)
        return store.load(PAGE, name)

    def load_version(self, key: str, version: int) -> Any:
        return self.store.load(PAGE, key, version=version)

    def load_columns(self, key: str, columns: list[str]) -> Any:
        return self.store.load(PAGE, key, columns=columns)

    def load_rows(self, key: str, rows: slice) -> Any:
        return self.store.load(PAGE, key, rows=rows)

    def load_copy(self, key: str) -> Any:
        return self.store.load(PAGE, key, copy=True)

    def list(self, user: str) -> list[stillroom.Record]:
        return self._of(user).results(PAGE)

    def close(self) -> None:
        self.store.close()

    def _place(self, key: str) -> tuple[stillroom.Store, str]:
        user, name = user_and_name(key)
        return (self._of(user) if user else self.store), name


class StillroomFast(Stillroom):
    """A store that compresses as fast as a network takes it."""

    name = "stillroom fast"
    is_compressed = True
    compression = "fast"


class StillroomSmall(Stillroom):
    """A store that is as small as it can be."""

    name = "stillroom small"
    is_compressed = True
    compression = "small"


RAW = (Stillroom,)
COMPRESSED = (StillroomFast, StillroomSmall)
