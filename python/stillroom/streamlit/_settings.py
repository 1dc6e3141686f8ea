"""What the app's developer configured, from arguments and secrets.

First match wins: an argument, then `[connections.<name>]` in the secrets. The
environment (`STILLROOM_URL`) is read by the core, where nothing here says a URL.
An option that isn't known is refused by name: a misspelt `identity` must not
quietly mean none.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import streamlit as st

from .. import _arguments
from .._errors import InvalidError
from .._open import Compression
from ._identity import HEADER

IDENTITIES = ("local", "single-user", "oidc", "supabase")
"""The identities, as `identity` names them, beside `header:<name>`."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
"""What RFC 9110 allows, in lower case: names of headers have no case."""

_IMPERSONAL = re.compile(
    r"accept.*|cache-control|connection|content-.*|cookie|dnt|host|keep-alive|origin|pragma"
    r"|priority|referer|sec-.*|te|transfer-encoding|upgrade.*|user-agent"
    r"|cf-(connecting-ip|ip.*|ray|visitor)|forwarded|true-client-ip|via|x-client-ip"
    r"|x-forwarded(-(by|for|host|method|path|port|prefix|proto.*|scheme|server|ssl|uri))?"
    r"|x-original-.*|x-real-ip|x-request-id|x-requested-with|x-scheme"
    r"|.*-(groups?|roles?)"
)
"""Headers that many people's requests have in common, or that change with each request.

Browsers send the former of themselves, proxies add where a request comes from, and a group
has members: under each of them strangers would share one owner.
"""

_OF_A_PROVIDER = ("client_id", "client_secret", "server_metadata_url")

_FOR_SIGN_IN = ("authlib", "httpx")
"""The second too: `streamlit[auth]` of the oldest Streamlit doesn't bring it along."""


@dataclass(frozen=True)
class Settings:
    """The options of one connection, with what holds where nothing was said."""

    url: str | None = None
    identity: str | None = None
    owner: str | None = None
    key: str | None = None
    signing_key: list[str] | None = None
    keep_versions: int = 20
    compression: Compression = "auto"
    jwks: str | None = None
    jwt_secret: str | None = None
    jwt_audience: str | None = None
    jwt_issuer: str | None = None
    cache: str | int | bool = True

    def __repr__(self) -> str:
        # The generated one would print the keys and the secret.
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
        owner=_arguments.optional_text("owner", given.get("owner")),
        key=_arguments.optional_text("key", given.get("key")),
        signing_key=_arguments.signing_keys(given.get("signing_key")),
        keep_versions=_arguments.number(
            "keep_versions", given.get("keep_versions", Settings.keep_versions), least=1
        ),
        # Which words there are is the store's to say.
        compression=cast(
            "Compression",
            _arguments.text("compression", given.get("compression", Settings.compression)),
        ),
        jwks=_arguments.optional_text("jwks", given.get("jwks")),
        jwt_secret=_arguments.optional_text("jwt_secret", given.get("jwt_secret")),
        jwt_audience=_arguments.optional_text("jwt_audience", given.get("jwt_audience")),
        jwt_issuer=_arguments.optional_text("jwt_issuer", given.get("jwt_issuer")),
        cache=given.get("cache", Settings.cache),
    )


def has_sign_in() -> bool:
    """Whether the app signs people in by Streamlit's own means."""
    return "auth" in _secrets()


def trusted_headers() -> dict[str, str]:
    """Which of a request's headers Streamlit puts into `st.user`, and under which name."""
    mapping = _option("server.trustedUserHeaders")
    return dict(mapping) if isinstance(mapping, Mapping) else {}


def sign_in_providers() -> list[str | None]:
    """What `st.login` may be called with: None for the app's default provider, else names."""
    auth = _auth()
    if _is_provider(auth.get("default", auth)):
        return [None]
    # Streamlit refuses a name with an underscore.
    return [name for name, one in auth.items() if _is_provider(one) and "_" not in name]


def check_sign_in(claims: Iterable[str]) -> None:
    """Make sure that people can sign in, and that nobody else than the provider names them.

    Raises
    ------
    InvalidError
        They can't, or a header of the request would replace one of `claims`.
    """
    auth = _auth()
    missing = [name for name in ("redirect_uri", "cookie_secret") if name not in auth]
    if not sign_in_providers():
        missing += [name for name in _OF_A_PROVIDER if name not in auth]
    replaced = sorted(set(claims).intersection(trusted_headers().values()))
    if missing:
        trouble = f"[auth] of the secrets, which st.login goes by, has no {', '.join(missing)}"
    elif lacking := [name for name in _FOR_SIGN_IN if importlib.util.find_spec(name) is None]:
        trouble = f"st.login needs what isn't installed: pip install {' '.join(lacking)}"
    elif replaced:
        trouble = (
            f"server.trustedUserHeaders replaces {', '.join(replaced)} of a verified sign-in "
            "with a header of the request"
        )
    else:
        return
    raise InvalidError(f"identity `oidc` can't be used; {trouble}; or choose among {_options()}")


def is_behind_a_socket() -> bool:
    """Whether the server listens on a Unix socket, which only a proxy talks to."""
    return str(_option("server.address") or "").startswith("unix:")


def _identity(value: object, where: str) -> str | None:
    chosen = _arguments.optional_text("identity", value)
    if chosen is None or chosen in IDENTITIES:
        return chosen
    if not chosen.startswith(HEADER):
        raise InvalidError(f"identity under {where} is one of {_options()}, not `{chosen}`")
    name = chosen.removeprefix(HEADER).lower()
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidError(f"identity under {where} names no header; it is `{chosen}`")
    if _IMPERSONAL.fullmatch(name):
        raise InvalidError(
            f"identity under {where} names a header that doesn't say who is asking; "
            f"it is `{chosen}`"
        )
    return HEADER + name


def _options() -> str:
    return ", ".join(f'"{one}"' for one in (*IDENTITIES, f"{HEADER}<name>"))


def _auth() -> Mapping[str, Any]:
    auth = _secrets().get("auth")
    return auth if isinstance(auth, Mapping) else {}


def _is_provider(section: object) -> bool:
    return isinstance(section, Mapping) and all(section.get(name) for name in _OF_A_PROVIDER)


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
    if secrets.load_if_toml_exists():
        return secrets.to_dict()
    # For Streamlit a file with a slip in it is as good as none. Here it would mean that
    # nothing was set, neither who may come in nor where results lie.
    unread = [file for file in _files_of_secrets() if os.path.exists(file)]
    if unread:
        raise InvalidError(
            "the secrets can't be read, and so not which identity is set, of "
            f"{_options()}; put right what Streamlit's log says about "
            f"`{os.path.basename(unread[0])}`"
        )
    return {}


def _files_of_secrets() -> list[str]:
    files = _option("secrets.files")
    return [str(file) for file in files] if isinstance(files, (list, tuple)) else []


def _option(name: str) -> object:
    try:
        return st.get_option(name)
    except RuntimeError:
        # This Streamlit has no such option, so nobody has set it.
        return None
