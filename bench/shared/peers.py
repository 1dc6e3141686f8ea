"""What people keep results with today, each as its own documents say, and durable.

Files are synced before they are renamed into place, and their folder after it. Databases
sync at each commit; what they keep in files beside them is synced before the commit.
"""

from __future__ import annotations

import datetime
import pickle
import sqlite3
import threading
from pathlib import Path
from typing import Any, ClassVar

import diskcache
import joblib
import numpy as np
import pandas as pd
import pins
import pyarrow as pa
from pins.config import pins_options
from streamlit.runtime.caching.cache_data_api import DataCache
from streamlit.runtime.caching.storage import CacheStorageContext, local_disk_cache_storage

from . import durable
from .contender import Contender, user_and_name


class Files(Contender):
    """One file for each value."""

    suffix: ClassVar[str]

    def save(self, key: str, value: Any) -> None:
        durable.write(self._path(key), lambda path: self.write(path, value))

    def load(self, key: str) -> Any:
        return self.read(self._path(key))

    def write(self, path: Path, value: Any) -> None:
        raise NotImplementedError

    def read(self, path: Path) -> Any:
        raise NotImplementedError

    def list(self, user: str) -> list[tuple[str, int, datetime.datetime]]:
        """Key, size and date of what a user has."""
        return [_facts(path) for path in (self.folder / user).iterdir()]

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.{self.suffix}"


def _facts(path: Path) -> tuple[str, int, datetime.datetime]:
    stat = path.stat()
    return path.stem, stat.st_size, datetime.datetime.fromtimestamp(stat.st_mtime, datetime.UTC)


class Pickle(Files):
    name = "pickle"
    suffix = "pickle"

    def write(self, path: Path, value: Any) -> None:
        with path.open("wb") as file:
            pickle.dump(value, file, protocol=5)

    def read(self, path: Path) -> Any:
        with path.open("rb") as file:
            return pickle.load(file)


class Joblib(Files):
    name = "joblib"
    suffix = "joblib"
    compress: ClassVar[int] = 0

    def write(self, path: Path, value: Any) -> None:
        joblib.dump(value, path, compress=self.compress)

    def read(self, path: Path) -> Any:
        return joblib.load(path)


class JoblibZlib(Joblib):
    name = "joblib zlib3"
    is_compressed = True
    compress = 3


class Npy(Files):
    """An array in NumPy's own file."""

    name = "npy"
    suffix = "npy"

    def write(self, path: Path, value: Any) -> None:
        with path.open("wb") as file:
            np.save(file, value, allow_pickle=False)

    def read(self, path: Path) -> Any:
        return np.load(path)


class NpyMapped(Npy):
    """Mapped, so that it comes back as a memmap; changes stay in memory."""

    name = "npy mapped"

    def read(self, path: Path) -> Any:
        return np.load(path, mmap_mode="c")


class Frames(Files):
    """A file for each frame; a value of more than one, and what is no frame, as a folder of files."""

    def write(self, path: Path, value: Any) -> None:
        if isinstance(value, pd.DataFrame):
            self.write_frame(path, value)
            return
        frames: list[pd.DataFrame] = []
        rest = _apart(value, frames)
        path.mkdir()
        for number, frame in enumerate(frames):
            self.write_frame(path / f"{number}", frame)
        if not isinstance(rest, _Frame):
            with (path / "rest.pickle").open("wb") as file:
                pickle.dump(rest, file, protocol=5)

    def read(self, path: Path) -> Any:
        if path.is_file():
            return self.read_frame(path)
        rest = path / "rest.pickle"
        if not rest.exists():
            return self.read_frame(path / "0")["value"].to_numpy(copy=True)
        with rest.open("rb") as file:
            return self._together(pickle.load(file), path)

    def write_frame(self, path: Path, frame: pd.DataFrame) -> None:
        raise NotImplementedError

    def read_frame(self, path: Path) -> pd.DataFrame:
        raise NotImplementedError

    def _together(self, rest: Any, path: Path) -> Any:
        if isinstance(rest, _Frame):
            return self.read_frame(path / f"{rest.number}")
        if isinstance(rest, dict):
            return {key: self._together(part, path) for key, part in rest.items()}
        return rest


class _Frame:
    """Where a frame was in a value that was taken apart."""

    def __init__(self, number: int) -> None:
        self.number = number


def _apart(value: Any, frames: list[pd.DataFrame]) -> Any:
    """The value with a sign in the place of each frame, which are put into `frames`."""
    if isinstance(value, dict):
        return {key: _apart(part, frames) for key, part in value.items()}
    if isinstance(value, np.ndarray) and not frames and value.ndim == 1 and value.nbytes > 2**20:
        value = pd.DataFrame({"value": value}, copy=False)
    if isinstance(value, pd.DataFrame):
        frames.append(value)
        return _Frame(len(frames) - 1)
    return value


class Parquet(Frames):
    name = "parquet zstd"
    suffix = "parquet"
    is_compressed = True

    def write_frame(self, path: Path, frame: pd.DataFrame) -> None:
        frame.to_parquet(path, compression="zstd")

    def read_frame(self, path: Path) -> pd.DataFrame:
        return pd.read_parquet(path)

    def load_columns(self, key: str, columns: list[str]) -> pd.DataFrame:
        return pd.read_parquet(self._path(key), columns=columns)


class Ipc(Frames):
    name = "Arrow IPC"
    suffix = "arrow"
    compression: ClassVar[str | None] = None

    def write_frame(self, path: Path, frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame)
        options = pa.ipc.IpcWriteOptions(compression=self.compression)
        with pa.ipc.new_file(str(path), table.schema, options=options) as file:
            file.write_table(table)

    def read_frame(self, path: Path) -> pd.DataFrame:
        with pa.memory_map(str(path)) as mapped:
            return pa.ipc.open_file(mapped).read_all().to_pandas()


class IpcZstd(Ipc):
    name = "Arrow IPC zstd"
    is_compressed = True
    compression = "zstd"


class Feather(Frames):
    name = "feather lz4"
    suffix = "feather"
    is_compressed = True

    def write_frame(self, path: Path, frame: pd.DataFrame) -> None:
        frame.to_feather(path)

    def read_frame(self, path: Path) -> pd.DataFrame:
        return pd.read_feather(path)


class Sqlite(Contender):
    """A table of pickles, as one writes it by hand, synced at each commit."""

    name = "sqlite + pickle"
    lists_all = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._threads = threading.local()
        self._connection.execute(
            "create table if not exists results (user text, name text, created text, size integer,"
            " kind text, value blob, primary key (user, name)) without rowid"
        )

    def save(self, key: str, value: Any) -> None:
        user, name = user_and_name(key)
        pickled = pickle.dumps(value, protocol=5)
        created = datetime.datetime.now(datetime.UTC).isoformat()
        self._connection.execute(
            "insert or replace into results values (?, ?, ?, ?, ?, ?)",
            (user, name, created, len(pickled), type(value).__name__, pickled),
        )

    def load(self, key: str) -> Any:
        found = self._connection.execute(
            "select value from results where user = ? and name = ?", user_and_name(key)
        )
        return pickle.loads(found.fetchone()[0])

    def list(self, user: str) -> list[tuple[str, int, datetime.datetime, str]]:
        found = self._connection.execute(
            "select name, size, created, kind from results where user = ?", (user,)
        )
        parsed = datetime.datetime.fromisoformat
        return [(name, size, parsed(created), kind) for name, size, created, kind in found]

    def close(self) -> None:
        self._connection.close()

    @property
    def _connection(self) -> sqlite3.Connection:
        """One for each thread."""
        if not hasattr(self._threads, "connection"):
            made = sqlite3.connect(self.folder / "results.db", timeout=60, isolation_level=None)
            made.execute("pragma journal_mode = wal")
            made.execute("pragma synchronous = full")
            self._threads.connection = made
        return self._threads.connection


class SyncedDisk(diskcache.Disk):
    """Syncs a value's own file before the row that names it is committed."""

    def store(self, *arguments: Any, **options: Any) -> tuple:
        stored = super().store(*arguments, **options)
        name = stored[2]
        if name is not None:
            path = Path(self._directory, name)
            durable.sync(path)
            for folder in (path.parent, path.parent.parent):
                durable.sync(folder)
        return stored


class Diskcache(Contender):
    """With nothing thrown out, and a sync at each commit, which isn't its default."""

    name = "diskcache"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._cache = diskcache.Cache(
            str(folder),
            timeout=60,
            disk=SyncedDisk,
            disk_pickle_protocol=5,
            eviction_policy="none",
            size_limit=2**40,
            sqlite_synchronous=2,
        )

    def save(self, key: str, value: Any) -> None:
        self._cache.set(key, value, retry=True)

    def load(self, key: str) -> Any:
        return self._cache[key]

    def list(self, user: str) -> list[str]:
        """It can't ask for a part of its keys, and keeps no dates or sizes to ask for."""
        return [key for key in self._cache.iterkeys() if key.startswith(f"{user}/")]

    def close(self) -> None:
        self._cache.close()


class Pins(Contender):
    """A board in a folder; values that aren't frames alone only fit in as joblib files."""

    name = "pins"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        pins_options.quiet = True
        self._board = pins.board_folder(str(folder), versioned=False, allow_pickle_read=True)

    def save(self, key: str, value: Any) -> None:
        name = key.replace("/", "-")
        self._board.pin_write(value, name, type="joblib")
        durable.sync_tree(self.folder / name)
        durable.sync(self.folder)

    def load(self, key: str) -> Any:
        return self._board.pin_read(key.replace("/", "-"))

    def list(self, user: str) -> list[str]:
        return [name for name in self._board.pin_list() if name.startswith(f"{user}-")]


class CacheData(Contender):
    """What `st.cache_data(persist="disk")` does with what a function returned, by its own code.

    Syncing its file afterwards is ours. What it keeps in memory besides is not asked: each
    key is loaded once, and not by the process that saved it.
    """

    name = "st.cache_data"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        local_disk_cache_storage.get_cache_folder_path = lambda: str(folder)
        context = CacheStorageContext("bench", "bench", None, None, persist="disk")
        storage = local_disk_cache_storage.LocalDiskCacheStorageManager().create(context)
        self._cache: DataCache[Any] = DataCache("bench", storage, "disk", None, None, "bench")

    def save(self, key: str, value: Any) -> None:
        self._cache.write_result(key.replace("/", "-"), value, [])
        durable.sync(self._path(key))
        durable.sync(self.folder)

    def load(self, key: str) -> Any:
        return self._cache.read_result(key.replace("/", "-")).value

    def list(self, user: str) -> list[tuple[str, int, datetime.datetime]]:
        """It has no way to ask; this looks through its folder."""
        return [_facts(path) for path in self.folder.glob(f"bench-{user}-*")]

    def _path(self, key: str) -> Path:
        return self.folder / f"bench-{key.replace('/', '-')}.memo"


ANY_VALUE = (Pickle, Joblib, JoblibZlib, Diskcache, Sqlite, Pins, CacheData)
FRAMES = (Parquet, Ipc, IpcZstd, Feather)
ARRAYS = (Npy, NpyMapped)
