"""Decides whose results a visit may see, from plain facts about the request.

One function over one plain snapshot, so that a table of cases can hold it to its word.
Nothing here reads Streamlit, opens a store or keeps anything. Who can't be told from
others gets nobody's results: there is no owner that strangers share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import _elsewhere, _owner

GUIDE = "docs/streamlit.md#identity"

OF_THE_STORE = ("local", "single-user")
"""The identities under which results belong to the store's own owner."""

HEADER = "header:"
"""How an identity begins that goes by the header named after it."""


@dataclass(frozen=True)
class Visit:
    """What is known about the request that opened a session.

    Its `repr` shows neither headers nor claims: both name people.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By lower-case name. Empty where there is no browser: a thread, a script, a test."""

    repeated: frozenset[str] = frozenset()
    """The names of headers that came more than once."""

    peer: str | None = None
    """The address at the other end; None means this computer, or unknown."""

    has_sign_in: bool = False
    """Whether the app has `[auth]`."""

    trusts_headers: bool = False
    """Whether Streamlit is told to take its users from headers."""

    is_project: bool = False
    """Whether the store is a Supabase project, which knows its users itself."""

    account: str | None = None
    """Whose account of the project this tab is signed in to."""

    claims: Mapping[str, object] | None = field(default=None, repr=False)
    """What a verified sign-in says of the person, and `is_logged_in`; None without a page."""


@dataclass(frozen=True)
class Decision:
    """Under which identity a visit goes, if any, and what the log says if none."""

    identity: str | None
    refusal: str = ""
    """For the developer. Empty for somebody who only has to sign in."""

    is_here: bool = False
    """Whether the visitor sits at this computer, and may be shown how to set it up."""

    is_signed_out: bool = False
    """Whether the app signs people in, and nobody is."""

    owner: str | None = None
    """Whose results these are; None under an identity of `OF_THE_STORE`."""


def wanted(visit: Visit, chosen: str | None) -> str:
    """The identity that `visit` is held to, when the app's setting is `chosen`."""
    if chosen is not None:
        return chosen
    return "supabase" if visit.is_project else "oidc" if visit.has_sign_in else "local"


def decide(visit: Visit, chosen: str | None) -> Decision:
    """Under which identity `visit` goes, when the app's setting is `chosen`.

    That the store lies on this computer is asked later, once it may be opened.
    """
    identity = wanted(visit, chosen)
    if identity == "supabase":
        return _by_account(visit)
    if identity == "single-user":
        return Decision(identity)
    if identity == "oidc":
        return _by_sign_in(visit)
    if identity.startswith(HEADER):
        return _by_header(visit, identity)
    elsewhere = _elsewhere.sign(visit.headers, visit.peer)
    refusal = _refusal(visit, chosen, elsewhere)
    if refusal:
        return Decision(None, refusal, is_here=elsewhere is None)
    return Decision("local", is_here=True)


def not_a_file(location: str) -> Decision:
    """What becomes of `local` when the store turns out not to be a folder here."""
    reason = "only a folder of this computer has a local owner, and this store is none"
    return Decision(None, f"{_unknown(reason)}; store at `{location}`", is_here=True)


def _by_account(visit: Visit) -> Decision:
    if visit.account is None:
        return Decision(None, is_signed_out=True)
    return Decision("supabase", owner=visit.account)


def _by_sign_in(visit: Visit) -> Decision:
    if visit.claims is None:
        return Decision(None, _unknown("there is no browser behind this call"))
    # The very True of Streamlit's cookie, and no text that happens to be there.
    if visit.claims.get("is_logged_in") is not True:
        return Decision(None, is_signed_out=True)
    owner = _owner.of_sign_in(visit.claims)
    if owner is None:
        return Decision(
            None,
            "somebody is signed in, but the sign-in doesn't say who; nothing is kept; "
            "let the provider send the claims iss and sub, and Microsoft also tid and oid "
            f"(scope openid profile): {GUIDE}",
        )
    return Decision("oidc", owner=owner)


def _by_header(visit: Visit, identity: str) -> Decision:
    name = identity.removeprefix(HEADER)
    value = visit.headers.get(name, "")
    if not visit.headers:
        return Decision(None, _unknown("there is no browser behind this call"))
    trouble = "missing" if name not in visit.headers else "empty" if not value.strip() else ""
    if name in visit.repeated:
        trouble = "there more than once"
    if trouble:
        return Decision(
            None,
            f"results store can't tell who is asking; header `{name}` is {trouble}; let the "
            "proxy set it for every visitor, once, in place of any that the visitor "
            f"sent: {GUIDE}",
        )
    return Decision(identity, owner=_owner.of_header(name, value))


def _refusal(visit: Visit, chosen: str | None, elsewhere: str | None) -> str | None:
    if visit.has_sign_in:
        return f"this app signs people in, and identity `local` knows only one; {_advice()}"
    if visit.trusts_headers:
        return _unknown("a proxy names the visitors of this app (server.trustedUserHeaders)")
    if elsewhere is None:
        return None
    if not visit.headers:
        return _unknown(elsewhere)
    reason = "no identity is set" if chosen is None else f"identity `{chosen}` is for nobody else"
    return _unknown(f"this app is open to others ({elsewhere}) and {reason}")


def _unknown(reason: str) -> str:
    return f"results store can't tell who is asking; {reason}; {_advice()}"


def _advice() -> str:
    return (
        'add identity = "oidc", "header:<name>" or "single-user" to [connections.results] '
        f"in secrets.toml: {GUIDE}"
    )
