"""An OpenID Connect provider on this computer, where people sign in by a click on their name.

What an app needs of one and no more: discovery, the page to sign in on, codes that are
good once, and ID tokens signed with a key of its own. A code that was asked for with a
challenge (PKCE, RFC 7636) is good only with its verifier. There are no passwords and no sessions.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

PEOPLE = {"Ana": "subject-of-ana", "Ada": "subject-of-ada"}
"""Who can sign in, by the name they click on, and what the provider calls them."""

CLIENT = ("the-app", "its-secret")


@dataclass(frozen=True)
class Grant:
    """What a code stands for: who signed in, and for whose request."""

    name: str
    nonce: str
    challenge: str | None
    """None from the oldest Streamlit, which asks without one."""


class Provider:
    """A provider that runs until it is closed."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"})
        self.grants: dict[str, Grant] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def secrets_toml(self) -> str:
        """What stands in the secrets.toml of an app that signs people in here."""
        return f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{secrets.token_hex(32)}"
client_id = "{CLIENT[0]}"
client_secret = "{CLIENT[1]}"
server_metadata_url = "{self.issuer}/.well-known/openid-configuration"
"""

    def discovery(self) -> dict[str, object]:
        """Where everything is."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def page(self, asked: dict[str, str]) -> str:
        """The page to sign in on: everybody's name leads back to the app, with a code."""
        links = []
        for name in PEOPLE:
            code = secrets.token_urlsafe()
            self.grants[code] = Grant(name, asked["nonce"], asked.get("code_challenge"))
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            links.append(f'<p><a href="{html.escape(back)}">Sign in as {name}</a></p>')
        return f"<!doctype html><title>Provider</title>{''.join(links)}"

    def token(self, asked: dict[str, str], client: tuple[str, str]) -> dict[str, object] | None:
        """The token for a code; None for one that isn't good, or not for whoever asks."""
        grant = self.grants.pop(asked.get("code", ""), None)
        if client != CLIENT or grant is None:
            return None
        verifier = asked.get("code_verifier")
        if grant.challenge != (None if verifier is None else _challenge(verifier)):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": PEOPLE[grant.name],
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 3600,
            "nonce": grant.nonce,
            "name": grant.name,
            # One address for all: an owner that is made of it would be everybody.
            "email": "everybody@example.org",
        }
        return {
            "access_token": secrets.token_urlsafe(),
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key),
        }


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            answers: dict[str, Callable[[], object]] = {
                "/.well-known/openid-configuration": provider.discovery,
                "/keys": lambda: {"keys": [provider.key.as_dict(private=False)]},
                "/authorize": lambda: provider.page(dict(parse_qsl(asked.query))),
            }
            answer = answers.get(asked.path)
            self._send(404 if answer is None else 200, "" if answer is None else answer())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            scheme, _, packed = self.headers.get("Authorization", "").partition(" ")
            name, _, secret = base64.b64decode(packed).decode().partition(":")
            client = (name, secret) if scheme == "Basic" else ("", "")
            token = provider.token(dict(parse_qsl(body)), client)
            self._send(200 if token else 400, token or {"error": "invalid_grant"})

        def _send(self, status: int, answer: object) -> None:
            is_page = isinstance(answer, str)
            body = (answer if is_page else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if is_page else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not into the output of the tests."""

    return Handler
