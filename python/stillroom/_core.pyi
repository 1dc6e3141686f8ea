"""The compiled half. Everything here is reached through `stillroom`, never by an app."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, final

__all__ = [
    "ERROR_KINDS",
    "IS_DEBUG",
    "Core",
    "__version__",
    "decode",
    "encode",
    "is_project",
    "new_signing_key",
    "run_cli",
    "send_code",
    "sign_in",
    "sign_out",
]

__version__: Final[str]
ERROR_KINDS: Final[tuple[str, ...]]
IS_DEBUG: Final[bool]

def is_project(url: str | None) -> bool: ...

@final
class Core:
    """One open store for one owner; may be used from several threads."""

    @property
    def location(self) -> str: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def durability(self) -> str: ...
    @property
    def notices(self) -> list[str]: ...
    @staticmethod
    def open(
        url: str | None,
        *,
        owner: str | None,
        signing_keys: list[str] | None,
        keep_versions: int | None,
        compression: str,
        verify: str,
        read_only: bool,
        durable: bool | None,
        cache: tuple[bool, str | None, int | None],
        jwks: str | None = None,
        jwt_secret: str | None = None,
        jwt_audience: str | None = None,
        jwt_issuer: str | None = None,
        key: str | None = None,
    ) -> Core: ...
    def as_owner(self, owner: str) -> Core: ...
    def as_bearer(self, token: str) -> Core: ...
    def as_session(self, session: dict[str, Any]) -> Core: ...
    def renew(self) -> None: ...
    def session(self) -> dict[str, Any] | None: ...
    def save(
        self,
        items: list[tuple[str, str, object, int | None, object | None]],
        *,
        label: str | None,
        provenance: str,
        progress: Callable[[int, int], object] | None,
        types: tuple[type, ...] | None = None,
        ttl: timedelta | None = None,
        pinned: bool = False,
    ) -> list[dict[str, Any]]: ...
    def load(
        self,
        page: str,
        key: str,
        version: int | None,
        types: tuple[type, ...],
        progress: Callable[[int, int], object] | None = None,
        *,
        columns: list[Any] | None = None,
        rows: slice | None = None,
        copy: bool = False,
    ) -> tuple[Any, int]: ...
    def record(self, page: str, key: str, version: int | None) -> dict[str, Any]: ...
    def results(self, page: str | None) -> list[dict[str, Any]]: ...
    def history(self, page: str, key: str) -> list[dict[str, Any]]: ...
    def delete(self, page: str, key: str, version: int | None) -> list[int]: ...
    def undelete(self, page: str, key: str, versions: Sequence[int]) -> None: ...
    def update(
        self, page: str, key: str, version: int | None, change: dict[str, Any]
    ) -> dict[str, Any]: ...
    def rollback(self, page: str, key: str, version: int) -> dict[str, Any]: ...
    def rename(
        self, page: str, key: str, page_to: str | None, key_to: str | None
    ) -> dict[str, Any]: ...
    def diff(self, page: str, key: str, old: int, new: int | None) -> dict[str, Any]: ...
    def preview(self, page: str, key: str, version: int | None, rows: int) -> dict[str, Any]: ...
    def verify(
        self, repair: bool, progress: Callable[[int, int], object] | None
    ) -> dict[str, Any]: ...
    def gc(
        self, dry_run: bool, compact: bool, progress: Callable[[int, int], object] | None
    ) -> dict[str, int]: ...
    def export_to(
        self,
        path: str,
        page: str | None,
        key: str | None,
        progress: Callable[[int, int], object] | None,
    ) -> dict[str, int]: ...
    def import_from(
        self, path: str, progress: Callable[[int, int], object] | None
    ) -> dict[str, Any]: ...
    def copy_to(
        self, other: Core, page: str | None, progress: Callable[[int, int], object] | None
    ) -> dict[str, Any]: ...
    def forget_cache(self) -> int: ...
    def usage(self) -> dict[str, Any]: ...
    def check(self, value: object) -> dict[str, Any]: ...
    def close(self) -> None: ...

def run_cli(args: list[str]) -> int: ...
def new_signing_key() -> str: ...
def encode(value: object) -> tuple[bytes, list[bytes]]: ...
def decode(
    manifest: bytes, blobs: list[bytes], types: tuple[type, ...] | None = None
) -> object: ...
def send_code(url: str | None, key: str | None, email: str, may_sign_up: bool) -> None: ...
def sign_in(
    url: str | None, key: str | None, email: str, password: str | None, code: str | None
) -> dict[str, Any]: ...
def sign_out(key: str | None, session: dict[str, Any]) -> None: ...
