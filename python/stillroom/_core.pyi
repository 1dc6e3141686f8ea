"""The compiled half. Everything here is reached through `stillroom`, never by an app."""

from collections.abc import Callable
from typing import Any, Final, final

__all__ = [
    "ERROR_KINDS",
    "IS_DEBUG",
    "Core",
    "__version__",
    "decode",
    "encode",
    "new_signing_key",
    "run_cli",
]

__version__: Final[str]
ERROR_KINDS: Final[tuple[str, ...]]
IS_DEBUG: Final[bool]

@final
class Core:
    """One open store for one owner; may be used from several threads."""

    @property
    def location(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def is_local(self) -> bool: ...
    @staticmethod
    def open(
        url: str | None,
        *,
        owner: str | None,
        signing_keys: list[str] | None,
        keep_versions: int | None,
        verify: str,
    ) -> Core: ...
    def as_owner(self, owner: str) -> Core: ...
    def save(
        self,
        items: list[tuple[str, str, object, int | None, object | None]],
        *,
        label: str | None,
        provenance: str,
        progress: Callable[[int, int], object] | None,
        types: tuple[type, ...] | None = None,
    ) -> list[dict[str, Any]]: ...
    def load(
        self, page: str, key: str, version: int | None, types: tuple[type, ...]
    ) -> tuple[Any, dict[str, Any]]: ...
    def record(self, page: str, key: str, version: int | None) -> dict[str, Any]: ...
    def results(self, page: str | None) -> list[dict[str, Any]]: ...
    def history(self, page: str, key: str) -> list[dict[str, Any]]: ...
    def delete(self, page: str, key: str, version: int | None) -> int: ...
    def usage(self) -> dict[str, int]: ...
    def check(self, value: object) -> dict[str, Any]: ...
    def close(self) -> None: ...

def run_cli(args: list[str]) -> int: ...
def new_signing_key() -> str: ...
def encode(value: object) -> tuple[bytes, list[bytes]]: ...
def decode(
    manifest: bytes, blobs: list[bytes], types: tuple[type, ...] | None = None
) -> object: ...
