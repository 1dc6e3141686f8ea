"""Finds the first sign that a visitor is not at this computer.

`local` has to be certain that the visitor sits here, because it shows what is kept
on this computer without asking. A loopback peer alone doesn't say so: a proxy on the
same host has one too. So the browser must have asked for a loopback name (`Host`,
`Origin`), and nothing may have been forwarded. What remains is written down in
docs/tenancy.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

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


def sign(headers: Mapping[str, str], peer: str | None) -> str | None:
    """What gives away that the visitor is elsewhere, for the log; None if nothing does.

    `headers` are by lower-case name, and empty where there is no browser. `peer` is the
    address at the other end; None is this computer.
    """
    if not headers:
        return "there is no browser behind this call"
    if peer is not None and not _is_loopback(peer):
        return f"peer {_shown(peer)}"
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
