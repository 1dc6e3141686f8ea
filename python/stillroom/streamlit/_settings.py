"""What the app's developer configured, from arguments and secrets.

First match wins: an argument, then `[connections.<name>]` in the secrets. The
environment (`STILLROOM_URL`) is read by the core, where nothing here says a URL.
An option that isn't known is refused by name: a misspelt `identity` must not
quietly mean none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from .. import _arguments
from .._errors import InvalidError

IDENTITIES = ("local", "single-user")
"""The identities of this release, as `identity` names them."""

PLANNED = ("oidc", "supabase", "header:")
"""Identities that have a meaning but aren't built yet: nothing is kept under them."""


@dataclass(frozen=True)
class Settings:
    """The options of one connection, with what holds where nothing was said."""

    url: str | None = None
    identity: str | None = None
    signing_key: list[str] | None = None
    keep_versions: int = 20

    def __repr__(self) -> str:
        # The generated one would print the signing key.
        return f"<Settings url={self.url!r} identity={self.identity!r}>"


_KNOWN = tuple(field.name for field in fields(Settings))


def read(name: str, arguments: Mapping[str, Any]) -> Settings:
    """The settings of the connection `name`.

    Raises
    ------
    InvalidError
        An option isn't known, or isn't of its kind.
    """
    where = f"[connections.{name}]"
    # `type` is Streamlit's: it lets `st.connection(name)` find our class.
    secrets = {key: value for key, value in _section(name).items() if key != "type"}
    for key in (*secrets, *arguments):
        if key not in _KNOWN:
            raise InvalidError(f"{where} has no option `{key}`; there are {', '.join(_KNOWN)}")
    given = secrets | {key: value for key, value in arguments.items() if value is not None}
    return Settings(
        url=_arguments.optional_text("url", given.get("url")),
        identity=_identity(given.get("identity"), where),
        signing_key=_arguments.signing_keys(given.get("signing_key")),
        keep_versions=_arguments.number(
            "keep_versions", given.get("keep_versions", Settings.keep_versions), least=1
        ),
    )


def has_sign_in() -> bool:
    """Whether the app tells its visitors apart by Streamlit's own means."""
    return "auth" in _secrets() or bool(_option("server.trustedUserHeaders"))


def is_behind_a_socket() -> bool:
    """Whether the server listens on a Unix socket, which only a proxy talks to."""
    return str(_option("server.address") or "").startswith("unix:")


def _identity(value: object, where: str) -> str | None:
    chosen = _arguments.optional_text("identity", value)
    if chosen is None or chosen in IDENTITIES or chosen.startswith(PLANNED):
        return chosen
    options = ", ".join(f'"{one}"' for one in IDENTITIES)
    raise InvalidError(f"identity under {where} is one of {options}, not `{chosen}`")


def _section(name: str) -> dict[str, Any]:
    connections = _secrets().get("connections", {})
    found = connections.get(name, {}) if isinstance(connections, Mapping) else connections
    if not isinstance(found, Mapping):
        raise InvalidError(f"[connections.{name}] in the secrets is not a table")
    return dict(found)


def _secrets() -> Mapping[str, Any]:
    # Most apps have no secrets.toml, and reading st.secrets would raise there.
    # Through `st`, since a test of an app may have put its own in that place.
    secrets = st.secrets
    return secrets.to_dict() if secrets.load_if_toml_exists() else {}


def _option(name: str) -> object:
    try:
        return st.get_option(name)
    except RuntimeError:
        # This Streamlit has no such option, so nobody has set it.
        return None
