"""Makes an owner of what is known about a person: always the same UUID, and nobody else's.

The formula is a promise, since results are found by it for as long as they are kept:
docs/tenancy.md spells it out, and a test holds it by its literal results. E-mail and
name have no part in it; both change, and an address may be given to somebody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

CLAIMS = ("iss", "sub", "tid", "oid")
"""The claims of a sign-in that an owner is made of."""

_NAMESPACE = UUID("9fa00d90-7a50-431c-bccf-b5762b4ac619")
"""Never changes: every owner hangs on it."""

_MICROSOFT = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "sts.windows.net",
)
"""The hosts that Microsoft issues from, in its public and national clouds."""


def of_sign_in(claims: Mapping[str, object]) -> str | None:
    """The owner for the `claims` of an OpenID Connect sign-in; None if they name nobody.

    Microsoft's `sub` is another one in each application, and its `tid` and `oid` are the
    same in all. They count only where Microsoft issued them: from any other issuer they
    could be whatever a user wrote into a profile.
    """
    issuer, subject = (_text(claims.get(name)) for name in ("iss", "sub"))
    if issuer is None or subject is None:
        return None
    tenant = _tenant_at_microsoft(issuer)
    if tenant is None:
        return _hashed("oidc", issuer, subject)
    person = _text(claims.get("oid"))
    # Not by `sub` instead: the owner would be another one once the missing claim is there.
    if person is None or _text(claims.get("tid")) != tenant:
        return None
    return _hashed("microsoft", tenant, person)


def of_header(name: str, value: str) -> str:
    """The owner for a request whose header `name`, in lower case, holds exactly `value`."""
    return _hashed("header", name, value)


def _tenant_at_microsoft(issuer: str) -> str | None:
    """The tenant that an issuer at Microsoft speaks for; None for any other issuer."""
    try:
        parts = urlsplit(issuer)
        is_microsoft = parts.scheme == "https" and parts.hostname in _MICROSOFT
    except ValueError:
        return None
    return parts.path.strip("/").partition("/")[0] if is_microsoft else None


def _hashed(*parts: str) -> str:
    """A version 8 UUID (RFC 9562) from the first 16 bytes of a SHA-256."""
    digest = hashlib.sha256(_NAMESPACE.bytes)
    for part in parts:
        # A lone surrogate can't be sent, but a JSON text can name one.
        data = part.encode("utf-8", "surrogatepass")
        # The length first: without it ("ab", "c") and ("a", "bc") would be one person.
        digest.update(len(data).to_bytes(8, "big") + data)
    octets = bytearray(digest.digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(octets)))


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) and claim else None
