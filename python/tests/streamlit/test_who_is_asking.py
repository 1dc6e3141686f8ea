"""Under which identity a visit goes: one line per case, from plain facts."""

from __future__ import annotations

import pytest

from stillroom.streamlit import _access
from stillroom.streamlit._identity import Visit, decide

HERE = {"host": "localhost:8501", "origin": "http://localhost:8501"}


def here(**changed: str | None) -> dict[str, str]:
    """The headers of the person at this computer, but for these."""
    headers = HERE | {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in headers.items() if value is not None}


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
    "a sign-in, from here": (Visit(here(), has_sign_in=True), None, None, "`oidc`"),
    "a sign-in, local chosen": (Visit(here(), has_sign_in=True), "local", None, "`oidc`"),
    "a sign-in, elsewhere": (Visit(here(), "10.0.0.7", has_sign_in=True), None, None, "`oidc`"),
    "oidc chosen": (Visit(here()), "oidc", None, "identity `oidc` isn't in this release"),
    "supabase chosen": (Visit(here()), "supabase", None, "identity `supabase` isn't in"),
    "a header chosen": (Visit(here()), "header:x-user", None, "identity `header:x-user` isn't"),
    "nobody there": (Visit(), None, None, "there is no browser behind this call"),
    "nobody there, local chosen": (Visit(), "local", None, "there is no browser behind this call"),
    "shared, from here": (Visit(here()), "single-user", "single-user", ""),
    "shared, elsewhere": (Visit(here(), peer="10.0.0.7"), "single-user", "single-user", ""),
    "shared, signed in": (Visit(here(), has_sign_in=True), "single-user", "single-user", ""),
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
        'no identity is set; add identity = "single-user" to [connections.results] in '
        "secrets.toml: docs/streamlit.md#identity"
    )


def test_request_can_not_write_lines_into_the_log():
    refusal = decide(Visit(here(host="evil\nname" + "x" * 500)), None).refusal

    assert "\n" not in refusal
    assert len(refusal) < 400


@pytest.mark.parametrize(
    ("visit", "is_here"),
    [(Visit(here()), True), (Visit(here(), peer="10.0.0.7"), False), (Visit(), False)],
)
def test_only_the_person_at_this_computer_is_shown_how_to_set_it_up(visit, is_here):
    assert decide(visit, "oidc").is_here is is_here


def test_snapshot_is_what_streamlit_says(new_tab, visitor):
    visitor({"Host": "app.example.org", "X-Forwarded-For": "1.2.3.4"}, "10.0.0.7")

    app = new_tab(
        "from stillroom.streamlit import _access\nimport streamlit as st\nst.text(_access.visit())"
    ).run()

    assert app.text[0].value == str(
        Visit({"host": "app.example.org", "x-forwarded-for": "1.2.3.4"}, "10.0.0.7")
    )


def test_snapshot_outside_a_page_is_empty():
    assert _access.visit() == Visit()


def test_app_test_without_a_visitor_is_nobody(new_tab, monkeypatch, project):
    monkeypatch.undo()
    monkeypatch.chdir(project)

    app = new_tab(
        "from stillroom.streamlit import _access\nimport streamlit as st\nst.text(_access.visit())"
    ).run()

    assert app.text[0].value == str(Visit())
