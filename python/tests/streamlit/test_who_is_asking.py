"""Under which identity a visit goes: one line per case, from plain facts."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from stillroom.streamlit import _access, _owner
from stillroom.streamlit._identity import Decision, Visit, decide

HERE = {"host": "localhost:8501", "origin": "http://localhost:8501"}
ANA = {"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"}


def here(**changed: str | None) -> dict[str, str]:
    """The headers of the person at this computer, but for these."""
    headers = HERE | {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in headers.items() if value is not None}


def signed_in(**changed: object) -> Visit:
    """A visit from here to an app with `[auth]`, of ana but for these claims."""
    claims = {name: value for name, value in (ANA | changed).items() if value is not None}
    return Visit(here(), has_sign_in=True, claims=claims)


def told(*repeated: str, **headers: str | None) -> Visit:
    """A visit by way of a proxy that adds these headers."""
    return Visit(here(**headers), frozenset(repeated), peer="10.0.0.7")


# What the visit is, what the app chose, the identity, and what the log names.
CASES = {
    "this computer by name": (Visit(here()), None, "local", ""),
    "this computer by address": (
        Visit(here(host="127.0.0.1:8501", origin="http://127.0.0.1:8501")),
        None,
        "local",
        "",
    ),
    "this computer by IPv6": (
        Visit(here(host="[::1]:8501", origin="http://[::1]:8501")),
        None,
        "local",
        "",
    ),
    "this computer by a name of its own": (
        Visit(here(host="app.localhost:8501", origin="https://app.localhost")),
        None,
        "local",
        "",
    ),
    "another loopback peer": (Visit(here(), peer="127.0.0.2"), None, "local", ""),
    "a mapped loopback peer": (Visit(here(), peer="::ffff:127.0.0.1"), None, "local", ""),
    "this computer, local chosen": (Visit(here()), "local", "local", ""),
    "another computer": (Visit(here(), peer="10.0.0.7"), None, None, "peer 10.0.0.7"),
    "another computer by IPv6": (Visit(here(), peer="fe80::1"), None, None, "peer fe80::1"),
    "another computer, local chosen": (Visit(here(), peer="10.0.0.7"), "local", None, "peer 10."),
    "a Unix socket": (Visit(here(), peer="unix socket"), None, None, "peer unix socket"),
    "a proxy that keeps the name": (
        Visit(here(host="app.example.org")),
        None,
        None,
        "host app.example.org",
    ),
    "a proxy that rewrites the name": (
        Visit(here(origin="https://app.example.org")),
        None,
        None,
        "origin https://app.example.org",
    ),
    "a name that only begins like ours": (
        Visit(here(host="localhost.example.org")),
        None,
        None,
        "host localhost.example.org",
    ),
    "a name that only ends like ours": (
        Visit(here(origin="http://notlocalhost:8501")),
        None,
        None,
        "origin http://notlocalhost:8501",
    ),
    "a user in front of the name": (
        Visit(here(host="localhost@example.org")),
        None,
        None,
        "host localhost@example.org",
    ),
    "all addresses as a name": (Visit(here(host="0.0.0.0:8501")), None, None, "host 0.0.0.0"),
    "an address of the house": (Visit(here(host="192.168.1.5")), None, None, "host 192.168.1.5"),
    "no name": (Visit(here(host=None)), None, None, "host missing"),
    "no origin": (Visit(here(origin=None)), None, None, "origin missing"),
    "the origin of a sandboxed frame": (Visit(here(origin="null")), None, None, "origin null"),
    "an origin that is none": (Visit(here(origin="http://[::1")), None, None, "origin http://[::1"),
    "forwarded": (Visit(here(forwarded="for=1")), None, None, "header forwarded"),
    "forwarded for": (Visit(here(x_forwarded_for="1")), None, None, "header x-forwarded-for"),
    "forwarded host": (Visit(here(x_forwarded_host="1")), None, None, "header x-forwarded-host"),
    "nginx": (Visit(here(x_real_ip="1")), None, None, "header x-real-ip"),
    "a cache": (Visit(here(via="1.1 v")), None, None, "header via"),
    "Cloudflare": (Visit(here(cf_connecting_ip="1")), None, None, "header cf-connecting-ip"),
    "Azure": (Visit(here(x_arr_log_id="1")), None, None, "header x-arr-log-id"),
    "an empty forwarding header": (Visit(here(via="")), None, None, "header via"),
    "an app with a sign-in": (signed_in(), None, "oidc", ""),
    "an app with a sign-in, elsewhere": (
        Visit(here(), peer="10.0.0.7", has_sign_in=True, claims=ANA),
        None,
        "oidc",
        "",
    ),
    "a sign-in, oidc chosen": (signed_in(), "oidc", "oidc", ""),
    "a sign-in, without a browser": (
        Visit(has_sign_in=True, claims=ANA),
        None,
        "oidc",
        "",
    ),
    "a sign-in, local chosen": (signed_in(), "local", None, "this app signs people in"),
    "a sign-in, a header chosen": (signed_in(), "header:x-user", None, "header `x-user`"),
    "a sign-in without a subject": (signed_in(sub=None), None, None, "claims iss and sub"),
    "a sign-in with an empty subject": (signed_in(sub=""), None, None, "claims iss and sub"),
    "a sign-in without an issuer": (signed_in(iss=None), None, None, "claims iss and sub"),
    "a sign-in with a number for a subject": (signed_in(sub=7), None, None, "claims iss and sub"),
    "oidc chosen, in a thread": (Visit(), "oidc", None, "there is no browser behind this call"),
    "headers that Streamlit trusts": (
        Visit(here(), trusts_headers=True),
        None,
        None,
        "server.trustedUserHeaders",
    ),
    "headers that Streamlit trusts, local chosen": (
        Visit(here(), trusts_headers=True),
        "local",
        None,
        "server.trustedUserHeaders",
    ),
    "a header": (told(x_user="ana"), "header:x-user", "header:x-user", ""),
    "a header, and claims too": (
        Visit(here(x_user="ana"), has_sign_in=True, claims=ANA),
        "header:x-user",
        "header:x-user",
        "",
    ),
    "no header": (told(), "header:x-user", None, "header `x-user` is missing"),
    "no header, from here": (Visit(here()), "header:x-user", None, "`x-user` is missing"),
    "another header": (told(x_users="ana"), "header:x-user", None, "`x-user` is missing"),
    "an empty header": (told(x_user=""), "header:x-user", None, "header `x-user` is empty"),
    "a blank header": (told(x_user=" "), "header:x-user", None, "header `x-user` is empty"),
    "a repeated header": (
        told("x-user", x_user="ana"),
        "header:x-user",
        None,
        "header `x-user` is there more than once",
    ),
    "a header not set": (told(x_user="ana"), None, None, "peer 10.0.0.7"),
    "a header, in a thread": (Visit(), "header:x-user", None, "there is no browser behind"),
    "somebody's account of a project": (
        Visit(here(), is_project=True, account="an owner"),
        None,
        "supabase",
        "",
    ),
    "an account, elsewhere": (
        Visit(here(), peer="10.0.0.7", is_project=True, account="an owner"),
        "supabase",
        "supabase",
        "",
    ),
    "a project before a sign-in of the app's": (
        Visit(here(), has_sign_in=True, claims=ANA, is_project=True, account="an owner"),
        None,
        "supabase",
        "",
    ),
    "nobody there": (Visit(), None, None, "there is no browser behind this call"),
    "nobody there, local chosen": (Visit(), "local", None, "there is no browser behind this call"),
    "shared, from here": (Visit(here()), "single-user", "single-user", ""),
    "shared, elsewhere": (Visit(here(), peer="10.0.0.7"), "single-user", "single-user", ""),
    "shared, signed in": (signed_in(), "single-user", "single-user", ""),
    "shared, nobody there": (Visit(), "single-user", "single-user", ""),
}


@pytest.mark.parametrize(("visit", "chosen", "identity", "named"), CASES.values(), ids=CASES)
def test_visit_goes_under_the_identity_of_the_table(visit, chosen, identity, named):
    decision = decide(visit, chosen)

    assert decision.identity == identity
    assert named in decision.refusal
    assert bool(decision.refusal) == (identity is None)


def test_refusal_says_what_to_add_and_where_to_read():
    refusal = decide(Visit(here(), peer="10.0.0.7"), None).refusal

    assert refusal == (
        "results store can't tell who is asking; this app is open to others (peer 10.0.0.7) and "
        'no identity is set; add identity = "oidc", "header:<name>" or "single-user" to '
        "[connections.results] in secrets.toml: docs/streamlit.md#identity"
    )


NOT_SIGNED_IN = {
    "nothing said": {"is_logged_in": None},
    "signed out": {"is_logged_in": False},
    "a text instead of a truth": {"is_logged_in": "True"},
    "a number instead of a truth": {"is_logged_in": 1},
}


@pytest.mark.parametrize("changed", NOT_SIGNED_IN.values(), ids=NOT_SIGNED_IN)
def test_who_is_not_signed_in_is_nobody_and_may_sign_in(changed):
    assert decide(signed_in(**changed), None) == Decision(None, is_signed_out=True)


@pytest.mark.parametrize("visit", [Visit(here(), is_project=True), Visit(is_project=True)])
def test_nobody_s_account_of_a_project_is_nobody_and_may_sign_in(visit):
    assert decide(visit, None) == Decision(None, is_signed_out=True)


def test_only_who_may_sign_in_counts_as_signed_out():
    decisions = {name: decide(visit, chosen) for name, (visit, chosen, *_) in CASES.items()}

    assert not any(decision.is_signed_out for decision in decisions.values())


def test_only_identities_of_the_store_have_no_owner_of_their_own():
    decisions = [decide(visit, chosen) for visit, chosen, *_ in CASES.values()]

    for decision in decisions:
        has_owner = decision.owner is not None
        assert has_owner == (decision.identity not in (None, "local", "single-user"))


def test_owner_is_made_of_the_claims_or_of_the_header():
    assert decide(signed_in(), None).owner == _owner.of_sign_in(ANA)
    assert decide(told(x_user="ana"), "header:x-user").owner == _owner.of_header("x-user", "ana")


def test_owner_of_a_decision_is_the_store_s_only_where_the_identity_says_so():
    store = SimpleNamespace(owner="the store's")
    decisions = [decide(visit, chosen) for visit, chosen, *_ in CASES.values()]

    for decision in decisions:
        is_store_s = _access.owner_of(decision, store) == "the store's"
        assert is_store_s == (decision.identity in ("local", "single-user"))


def test_picture_of_a_visit_names_nobody():
    visit = Visit(here(cookie="session=secret"), has_sign_in=True, claims=ANA)

    assert "secret" not in repr(visit)
    assert "ana" not in repr(visit)


def test_request_can_not_write_lines_into_the_log():
    refusal = decide(Visit(here(host="evil\nname" + "x" * 500)), None).refusal

    assert "\n" not in refusal
    assert len(refusal) < 400


@pytest.mark.parametrize(
    ("visit", "is_here"),
    [(Visit(here()), True), (Visit(here(), peer="10.0.0.7"), False), (Visit(), False)],
)
def test_only_the_person_at_this_computer_is_shown_how_to_set_it_up(visit, is_here):
    assert decide(replace(visit, trusts_headers=True), None).is_here is is_here


SNAPSHOT = """
import streamlit as st
from stillroom.streamlit import _access, _owner

visit = _access.visit("results", is_project=False)
st.text([visit, sorted(visit.headers.items()), visit.claims])
"""


def test_snapshot_is_what_streamlit_says(new_tab, visitor):
    visitor([("Host", "app.example.org"), ("X-User", "ana"), ("x-USER", "ada")], "10.0.0.7")

    app = new_tab(SNAPSHOT).run()

    seen = Visit(repeated=frozenset({"x-user"}), peer="10.0.0.7")
    headers = [("host", "app.example.org"), ("x-user", "ana")]
    assert app.text[0].value == str([seen, headers, {}])


def test_snapshot_has_no_address_and_no_name_of_a_person(new_tab, signs_in):
    signs_in(ANA | {"email": "ana@example.org", "name": "Ana", "tokens": {"id": "secret"}})

    app = new_tab(SNAPSHOT).run()

    assert str(ANA) in app.text[0].value
    assert "has_sign_in=True" in app.text[0].value
    assert "ana@example.org" not in app.text[0].value
    assert "secret" not in app.text[0].value


def test_snapshot_outside_a_page_is_empty():
    assert _access.visit("results", is_project=False) == Visit()


def test_app_test_without_a_visitor_is_nobody(new_tab, monkeypatch, project):
    monkeypatch.undo()
    monkeypatch.chdir(project)

    app = new_tab(SNAPSHOT).run()

    assert app.text[0].value == str([Visit(), [], {}])
