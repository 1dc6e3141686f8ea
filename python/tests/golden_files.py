"""Golden files: how a value becomes one, and what one holds. Their layout is told in testdata/golden/README.md."""

from __future__ import annotations

import functools
import itertools
import json
import platform
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import reader
from forge import Row
from golden_values import GOLDEN, Golden

import stillroom
from stillroom import _core

MAGIC = b"stillroom golden 1\n"
SUFFIX = ".golden"
#: Where the files of each frozen version of the format are, below a folder of its own.
FROZEN = Path(__file__).parents[2] / "testdata" / "golden"
LONGEST_ROOT = 65536
LIBRARIES = ("numpy", "pandas", "pyarrow", "polars", "scipy", "plotly", "altair", "xarray", "pytz")


class File(NamedTuple):
    """What a golden file holds."""

    root: bytes
    blobs: list[bytes]

    @classmethod
    def parse(cls, data: bytes) -> File:
        if not data.startswith(MAGIC):
            raise ValueError("not a golden file")
        parts, at = [], len(MAGIC)
        while at < len(data):
            end = at + 8 + int.from_bytes(data[at : at + 8], "little")
            parts.append(data[at + 8 : end])
            at = end
        return cls(parts[0], parts[1:])

    @classmethod
    def of(cls, value: Any) -> File:
        """What a store holds of a value."""
        manifest, blobs = _core.encode(value)
        if len(manifest) <= LONGEST_ROOT:
            return cls(manifest, distinct(blobs))
        with tempfile.TemporaryDirectory() as folder:
            with stillroom.open(folder + "/store", durable=True) as store:
                store.save("page", "key", value)
            root = Row(Path(folder, "store")).root
        ends = itertools.accumulate(reader.cut_of(root).chunks, initial=0)
        chunks = [manifest[start:end] for start, end in itertools.pairwise(ends)]
        return cls(root, distinct([*chunks, *blobs]))

    def to_bytes(self) -> bytes:
        parts = (len(part).to_bytes(8, "little") + part for part in (self.root, *self.blobs))
        return MAGIC + b"".join(parts)

    @property
    def manifest(self) -> bytes:
        is_whole = reader.cut_of(self.root) is None
        blobs = () if is_whole else self.blobs
        return reader.manifest_of(self.root, {reader.blake3(blob): blob for blob in blobs})


class Corpus:
    """A folder of golden files, with its index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index_path = folder / "index.json"
        is_there = self.index_path.exists()
        self.index: dict[str, Any] = json.loads(self.index_path.read_text()) if is_there else {}

    @functools.cached_property
    def pictures(self) -> dict[str, Any]:
        """What the second reader sees in each file."""
        files = ((name, self.file(name)) for name in self.index)
        return {name: reader.read_root(file.root, file.blobs).value for name, file in files}

    def file(self, name: str) -> File:
        return File.parse((self.folder / (name + SUFFIX)).read_bytes())

    def files(self) -> set[str]:
        """The names of the files there are, whether or not the index has them."""
        found = self.folder.rglob("*" + SUFFIX)
        return {path.relative_to(self.folder).as_posix().removesuffix(SUFFIX) for path in found}

    def add(self, name: str, golden: Golden) -> str:
        """Writes a file unless it is there: `added`, `there`, or `differs` when another value is."""
        file = File.of(golden.make())
        path = self.folder / (name + SUFFIX)
        if path.exists():
            is_same = golden.names_versions or path.read_bytes() == file.to_bytes()
            return (
                "there" if is_same and self.index[name]["value"] == golden.expression else "differs"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.to_bytes())
        self.index[name] = {
            "value": golden.expression,
            "digest": reader.blake3(file.manifest).hex(),
            "made with": versions(),
        }
        return "added"

    def write_index(self) -> None:
        text = json.dumps(dict(sorted(self.index.items())), indent=1, ensure_ascii=False)
        self.index_path.write_text(text + "\n", encoding="utf-8")


def distinct(blobs: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(blobs))


@functools.cache
def versions() -> str:
    """What makes values here."""
    installed = {one.metadata["Name"].lower() for one in metadata.distributions()}
    libraries = [f"{name} {metadata.version(name)}" for name in LIBRARIES if name in installed]
    return ", ".join([f"python {platform.python_version()}", *libraries])


def table() -> dict[str, Golden]:
    """The values of this environment by the names of their files."""
    return {
        f"{family}/{name}": golden
        for family, values in GOLDEN.items()
        for name, golden in values.items()
        if golden.can_be_made
    }


def write_all(folder: Path) -> list[str]:
    """Writes what is missing; the names of the files.

    Raises:
        FileExistsError: when a file that is there says something else. It stays as it is.
    """
    corpus = Corpus(folder)
    outcomes = {name: corpus.add(name, golden) for name, golden in table().items()}
    corpus.write_index()
    if differing := [name for name, outcome in outcomes.items() if outcome == "differs"]:
        raise FileExistsError(f"a golden file is never edited, and these differ: {differing}")
    return [name for name, outcome in outcomes.items() if outcome == "added"]
