"""Decides whose results a visit may see, from plain facts about the request.

One function over one plain snapshot, so that a table of cases can hold it to
its word. Nothing here reads Streamlit, opens a store or keeps anything.

`local` has to be certain that the visitor sits at this computer, because it
shows what is kept here without asking. A loopback peer alone doesn't say so: a
proxy on the same host has one too. So the browser must have asked for a loopback
name (`Host`, `Origin`), and nothing may have been forwarded. What remains is
written down in docs/tenancy.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

GUIDE = "docs/streamlit.md#identity"

_FORWARDING = (
    "forwarded",
    "via",
    "x-forwarded",
    "x-original",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy",
    "x-amzn",
    "x-azure",
    "x-appengine",
    "x-cloud-trace-context",
    "x-arr-",
    "x-proxy",
    "true-client-ip",
    "client-ip",
    "cf-",
    "cdn-",
    "fastly-",
    "fly-",
    "tailscale-",
    "ngrok-",
)
"""How the names of headers begin that proxies, tunnels and platforms add."""

_SHOWN = 80
"""How many characters of a request's own text go into the log."""


@dataclass(frozen=True)
class Visit:
    """What is known about the request that opened a session."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name. Empty where there is no browser: a thread, a script, a test."""

    peer: str | None = None
    """The address at the other end; None means this computer, or unknown."""

    has_sign_in: bool = False
    """Whether the app has `[auth]`, or headers that it trusts to name a user."""


@dataclass(frozen=True)
class Decision:
    """Under which identity a visit goes, if any, and what the log says if none."""

    identity: str | None
    refusal: str = ""
    is_here: bool = False
    """Whether the visitor sits at this computer, and may be shown how to set it up."""


def decide(visit: Visit, chosen: str | None) -> Decision:
    """Under which identity `visit` goes, when the app's setting is `chosen`.

    That the store lies on this computer is asked later, once it may be opened.
    """
    if chosen == "single-user":
        return Decision("single-user")
    elsewhere = _elsewhere(visit)
    refusal = _refusal(visit, chosen, elsewhere)
    if refusal:
        return Decision(None, refusal, is_here=elsewhere is None)
    return Decision("local", is_here=True)


def not_a_file(location: str) -> Decision:
    """What becomes of `local` when the store turns out not to be a folder here."""
    return Decision(
        None,
        "results store can't tell who is asking; only a folder of this computer has a local "
        f"owner, and this store is none; {_advice()}; store at `{location}`",
        is_here=True,
    )


def _refusal(visit: Visit, chosen: str | None, elsewhere: str | None) -> str | None:
    if chosen not in (None, "local"):
        return f"identity `{chosen}` isn't in this release; nothing is kept; {_advice()}"
    if visit.has_sign_in:
        return (
            "this app signs people in, and identity `oidc` isn't in this release; "
            f"nothing is kept; {_advice()}"
        )
    if elsewhere is None:
        return None
    if not visit.headers:
        return f"results store can't tell who is asking; {elsewhere}; {_advice()}"
    reason = "no identity is set" if chosen is None else f"identity `{chosen}` is for nobody else"
    return (
        "results store can't tell who is asking; this app is open to others "
        f"({elsewhere}) and {reason}; {_advice()}"
    )


def _advice() -> str:
    return f'add identity = "single-user" to [connections.results] in secrets.toml: {GUIDE}'


def _elsewhere(visit: Visit) -> str | None:
    """The first sign that the visitor is not at this computer; None without one."""
    headers = visit.headers
    if not headers:
        return "there is no browser behind this call"
    if visit.peer is not None and not _is_loopback(visit.peer):
        return f"peer {_shown(visit.peer)}"
    forwarded = next((name for name in sorted(headers) if name.startswith(_FORWARDING)), None)
    if forwarded is not None:
        return f"header {_shown(forwarded)}"
    for name in ("host", "origin"):
        text = headers.get(name, "")
        if not _is_loopback(_host_of(name, text)):
            return f"{name} {_shown(text) or 'missing'}"
    return None


def _host_of(name: str, text: str) -> str:
    try:
        parts = urlsplit(text if name == "origin" else f"//{text}")
        return parts.hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _shown(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable[:_SHOWN]
