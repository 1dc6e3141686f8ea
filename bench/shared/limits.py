"""The machine's own primitives, measured in the same rounds as those who build on them."""

from __future__ import annotations

import mmap
import os
import pickle
from pathlib import Path
from typing import Any

import blake3
import numpy as np

from . import durable
from .contender import Contender


class Limit(Contender):
    """Moves the bytes of a value, and nothing else."""

    kind = "limit"

    def prepare(self, value: Any) -> Any:
        """The bytes of an array as they lie in memory; of anything else those of its pickle."""
        if isinstance(value, np.ndarray):
            return value.view(np.uint8)
        return np.frombuffer(pickle.dumps(value, protocol=5), np.uint8)


class WriteAndMap(Limit):
    """The same bytes written to a file and synced; mapped to be read."""

    name = "write + fsync, mmap"

    def save(self, key: str, value: Any) -> None:
        durable.write(self.folder / key, lambda path: self._write(path, value))

    def load(self, key: str) -> Any:
        with (self.folder / key).open("rb") as file:
            mapped = mmap.mmap(
                file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE
            )
        return np.frombuffer(mapped, np.uint8)

    @staticmethod
    def _write(path: Path, value: Any) -> None:
        with path.open("wb", buffering=0) as file:
            left = memoryview(value)
            while left:
                # One call writes 2 GiB at most.
                left = left[file.write(left) :]


class Append(Limit):
    """The same bytes appended to one file, and synced without its dates."""

    name = "append + fdatasync, read"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._file = os.open(folder / "log", os.O_RDWR | os.O_APPEND | os.O_CREAT)

    def save(self, key: str, value: Any) -> None:
        os.write(self._file, value)
        os.fdatasync(self._file)

    def load(self, key: str) -> Any:
        return pickle.loads(os.pread(self._file, 2048, 0))

    def close(self) -> None:
        os.close(self._file)


class Encode(Limit):
    """A value pickled and unpickled in memory."""

    name = "pickle in memory"

    def prepare(self, value: Any) -> Any:
        return value

    def save(self, key: str, value: Any) -> None:
        pickle.dumps(value, protocol=5)


class Memcpy(Limit):
    """The same bytes copied in memory that is warm."""

    name = "memcpy"

    def prepare(self, value: Any) -> Any:
        source = super().prepare(value)
        return source, np.ones_like(source)

    def save(self, key: str, value: Any) -> None:
        source, target = value
        np.copyto(target, source)


class Hash(Limit):
    """The same bytes hashed with BLAKE3, by one thread."""

    name = "BLAKE3"

    def save(self, key: str, value: Any) -> None:
        blake3.blake3(memoryview(value)).digest()
