"""What the developer may configure, where, and what is refused by name."""

from __future__ import annotations

import importlib.util

import pytest
from reading import label, words
from streamlit import auth_util

import stillroom
from stillroom.streamlit import StillroomConnection, _access, _owner, _settings

PAGE = """
import stillroom.streamlit as sr

page = sr.page("p")
page["forecast"] = 1
page.panel()
"""


def test_no_secrets_are_needed(new_tab, project):
    app = new_tab(PAGE).run()

    assert label(app) == "1 result saved"
    assert (project / ".stillroom").is_dir()


def test_address_is_taken_from_the_environment(new_tab, tmp_path, monkeypatch):
    monkeypatch.setenv("STILLROOM_URL", str(tmp_path / "elsewhere"))

    new_tab(PAGE).run()

    assert stillroom.open(tmp_path / "elsewhere").page("p")["forecast"] == 1


def test_secrets_go_before_the_environment(new_tab, tmp_path, monkeypatch, secrets):
    monkeypatch.setenv("STILLROOM_URL", str(tmp_path / "environment"))
    secrets(f'[connections.results]\nurl = "{tmp_path}/secrets"\nkeep_versions = 2')

    new_tab(PAGE).run()

    assert stillroom.open(tmp_path / "secrets").page("p")["forecast"] == 1
    assert not (tmp_path / "environment").exists()


def test_arguments_go_before_secrets(tmp_path, secrets):
    secrets(f'[connections.results]\nurl = "{tmp_path}/secrets"\nidentity = "single-user"')

    connection = StillroomConnection("results", url=f"{tmp_path}/argument")

    assert connection.location == f"{tmp_path}/argument"
    assert connection._chosen.identity == "single-user"


def test_versions_are_kept_as_configured(new_tab, secrets, local_store):
    secrets("[connections.results]\nkeep_versions = 2")
    page = PAGE.replace("= 1\n", "= st.session_state.pop('n')\n").replace(
        "import", "import streamlit as st\nimport", 1
    )

    app = new_tab(page)
    for number in range(4):
        app.session_state["n"] = number
        app.run()

    assert [record.version for record in local_store.history("p", "forecast")] == [4, 3]


def test_signing_key_of_the_secrets_opens_models(new_tab, secrets, local_store):
    from stillroom import _core

    secrets(f'[connections.results]\nsigning_key = "{_core.new_signing_key()}"')
    compute = """
from sklearn.linear_model import LinearRegression
page["model"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
"""
    new_tab(PAGE + compute).run()

    with pytest.raises(stillroom.DeniedError):
        local_store.load("p", "model")


REFUSED = {
    "a misspelt option": ('identiy = "local"', "no option `identiy`"),
    "an option of a later release": ('blobs = "s3://results"', "no option `blobs`"),
    "an unknown identity": (
        'identity = "everyone"',
        'is one of "local", "single-user", "oidc", "supabase", "header:<name>", not `everyone`',
    ),
    "an identity in capitals": ('identity = "OIDC"', 'is one of "local"'),
    "an identity that only begins like one": ('identity = "oidc2"', "not `oidc2`"),
    "an identity that is a list": ('identity = ["oidc"]', "identity is not text"),
    "an empty identity": ('identity = ""', 'is one of "local"'),
    "a header without a name": ('identity = "header:"', "names no header; it is `header:`"),
    "a header that is none": ('identity = "header:x user"', "names no header"),
    "a header with a line in it": ('identity = "header:x\\ny"', "names no header"),
    "a header beyond ASCII": ('identity = "header:benützer"', "names no header"),
    "a header that everybody sends": ('identity = "header:Host"', "doesn't say who is asking"),
    "a header that many send": ('identity = "header:User-Agent"', "doesn't say who is asking"),
    "a header of all behind one router": ('identity = "header:X-Forwarded-For"', "doesn't say who"),
    "a header of all behind one proxy": ('identity = "header:x-forwarded-host"', "doesn't say who"),
    "a header of all in one group": ('identity = "header:X-Forwarded-Groups"', "doesn't say who"),
    "a header that changes": ('identity = "header:Cookie"', "doesn't say who is asking"),
    "a sign-in that isn't set up": ('identity = "oidc"', "has no redirect_uri, cookie_secret"),
    "a project's identity without a project": (
        'identity = "supabase"',
        'identity = "supabase" is for a Supabase project',
    ),
    "another identity for a project": (
        'url = "https://abcdefghijklmnopqrst.supabase.co"\nidentity = "oidc"',
        'whose users sign in to it; take identity = "oidc" away',
    ),
    "a secret key of a project": (
        'url = "https://abcdefghijklmnopqrst.supabase.co"\nkey = "sb_secret_hunter2"',
        "secret key",
    ),
    "a number for an address": ("url = 5", "url is not text"),
    "no versions": ("keep_versions = 0", "keep_versions is not 1 or more"),
    "a compression of another kind": ('compression = "zip"', '"fast" or "small"'),
    "a compression that is no text": ("compression = true", "compression is not text"),
    "a cache that is no place": ("cache = 1.5", "a number of bytes, True or False: `float`"),
    "a bad signing key": ('signing_key = "hunter2"', "not a signing key"),
}


@pytest.mark.parametrize(("line", "named"), REFUSED.values(), ids=REFUSED)
def test_wrong_configuration_is_refused_by_name(new_tab, secrets, line, named):
    secrets(f"[connections.results]\n{line}")

    app = new_tab(PAGE).run()

    assert named in app.exception[0].message
    assert "hunter2" not in app.exception[0].message


NAMING_PEOPLE = [
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
    "X-Auth-Request-User",
    "Remote-User",
    "Tailscale-User-Login",
    "Cf-Access-Authenticated-User-Email",
    "X-MS-Client-Principal-Id",
    "X-Goog-Authenticated-User-Id",
    "X-Amzn-Oidc-Identity",
]


@pytest.mark.parametrize("name", NAMING_PEOPLE)
def test_header_in_which_a_proxy_names_people_is_taken(secrets, name):
    secrets(f'[connections.results]\nidentity = "header:{name}"')

    assert _settings.read("results", {}).identity == f"header:{name.lower()}"


UNREAD = {
    "a slip": '[connections.results]\nidentity = "single-user',
    "a slip after the sign-in": "[auth]\ncookie_secret = 'hunter2'\n[connections",
    "no text": "\0",
}


@pytest.mark.parametrize("toml", UNREAD.values(), ids=UNREAD)
def test_secrets_that_can_not_be_read_are_refused_by_name(new_tab, secrets, project, toml):
    # It was: they counted as none, so an app with a sign-in took everybody who seemed to
    # sit at this computer for its owner, and results went to another place.
    secrets(toml)

    app = new_tab(PAGE).run()

    assert (
        'can\'t be read, and so not which identity is set, of "local"' in app.exception[0].message
    )
    assert "`secrets.toml`" in app.exception[0].message
    assert "hunter2" not in app.exception[0].message
    assert not (project / ".stillroom").exists()


HALF_SET_UP = {
    "no provider": ('redirect_uri = "x"\ncookie_secret = "x"', "has no client_id, client_secret"),
    "half a provider": (
        'redirect_uri = "x"\ncookie_secret = "x"\nclient_id = "x"\nclient_secret = "x"',
        "has no server_metadata_url",
    ),
    "nothing but a provider": (
        'client_id = "x"\nclient_secret = "x"\nserver_metadata_url = "x"',
        "has no redirect_uri, cookie_secret",
    ),
    "a table of something else": ('password = "hunter2"', "has no redirect_uri"),
}


@pytest.mark.parametrize(("lines", "named"), HALF_SET_UP.values(), ids=HALF_SET_UP)
@pytest.mark.parametrize("chosen", ["", '[connections.results]\nidentity = "oidc"'])
def test_sign_in_that_can_not_work_is_refused_by_name(
    new_tab, secrets, project, lines, named, chosen
):
    secrets(f"[auth]\n{lines}\n{chosen}")

    app = new_tab(PAGE).run()

    assert named in app.exception[0].message
    assert 'choose among "local", "single-user", "oidc", "supabase", "header:<name>"' in (
        app.exception[0].message
    )
    assert "hunter2" not in app.exception[0].message
    assert not (project / ".stillroom").exists()


@pytest.mark.parametrize("library", ["authlib", "httpx"])
def test_sign_in_without_its_libraries_is_refused_by_name(new_tab, signs_in, monkeypatch, library):
    signs_in(None)
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == library else real(name)
    )

    assert f"pip install {library};" in new_tab(PAGE).run().exception[0].message


@pytest.mark.parametrize("claim", ["is_logged_in", "iss", "sub", "tid", "oid"])
def test_header_that_replaces_a_verified_claim_is_refused_by_name(
    new_tab, signs_in, option, project, claim
):
    # Streamlit puts such a header over what the signed cookie says: whoever can send it
    # to the app, or to a proxy that lets it pass, could be anybody.
    signs_in({"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"})
    option("server.trustedUserHeaders", {"X-User": claim})

    app = new_tab(PAGE).run()

    assert f"replaces {claim} of a verified sign-in" in app.exception[0].message
    assert not (project / ".stillroom").exists()


def test_header_beside_the_verified_claims_changes_nothing(new_tab, signs_in, option):
    signs_in({"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"})
    option("server.trustedUserHeaders", {"X-Email": "email"})

    assert label(new_tab(PAGE).run()) == "1 result saved"


def test_sign_in_need_not_be_set_up_where_another_identity_is_chosen(new_tab, secrets):
    secrets('[auth]\npassword = "x"\n[connections.results]\nidentity = "single-user"')

    assert label(new_tab(PAGE).run()) == "1 result saved"


SHARED = '[auth]\nredirect_uri = "x"\ncookie_secret = "x"\nclient_kwargs = {prompt = "login"}\n'
PROVIDER = 'client_id = "x"\nclient_secret = "x"\nserver_metadata_url = "x"\n'
PROVIDERS = {
    "one": (SHARED + PROVIDER, [None]),
    "one called default": (f"{SHARED}[auth.default]\n{PROVIDER}", [None]),
    "one beside others": (f"{SHARED}{PROVIDER}[auth.okta]\n{PROVIDER}", [None]),
    "named ones": (f"{SHARED}[auth.okta]\n{PROVIDER}[auth.google]\n{PROVIDER}", ["okta", "google"]),
    "one that Streamlit refuses": (
        f"{SHARED}[auth.my_okta]\n{PROVIDER}[auth.google]\n{PROVIDER}",
        ["google"],
    ),
    "half of one": (f"{SHARED}[auth.okta]\nclient_id = 'x'\n[auth.google]\n{PROVIDER}", ["google"]),
    "none": (SHARED, []),
    "no sign-in": ("", []),
}


@pytest.mark.parametrize(("toml", "providers"), PROVIDERS.values(), ids=PROVIDERS)
def test_providers_are_those_that_streamlit_can_sign_in_with(secrets, toml, providers):
    secrets(toml)

    assert _access.sign_in_providers() == providers


@pytest.mark.parametrize("provider", [None, "okta"])
def test_providers_are_what_streamlit_takes(secrets, provider):
    secrets(SHARED + (PROVIDER if provider is None else f"[auth.okta]\n{PROVIDER}"))

    for found in _access.sign_in_providers():
        auth_util.validate_auth_credentials("default" if found is None else found)


def test_name_of_a_header_has_no_case(secrets):
    secrets('[connections.results]\nidentity = "header:X-Forwarded-Email"')

    assert _settings.read("results", {}).identity == "header:x-forwarded-email"


def test_nothing_about_a_user_is_on_the_connection(new_tab, signs_in):
    signs_in({"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"})
    owner = _owner.of_sign_in({"iss": "https://id.example.org", "sub": "ana"})

    app = new_tab(
        PAGE
        + """
import streamlit as st
connection = st.connection("results", type=sr.StillroomConnection)
st.text([page._tab.access.owner, connection.__dict__, connection._instance.owner])
"""
    ).run()

    assert app.text[0].value.startswith(f"['{owner}'")
    assert app.text[0].value.count(owner) == 1
    assert "ana" not in app.text[0].value


def test_table_of_connections_must_be_one(new_tab, secrets):
    secrets('[connections]\nresults = "file:x"')

    assert "is not a table" in new_tab(PAGE).run().exception[0].message


def test_settings_do_not_print_the_signing_key(secrets):
    secrets('[connections.results]\nsigning_key = "hunter2"')

    assert "hunter2" not in repr(_settings.read("results", {}))


def test_path_that_is_a_file_is_refused(new_tab, project):
    (project / ".stillroom").write_text("not a folder")

    app = new_tab(PAGE).run()

    assert ".stillroom" in app.exception[0].message
    assert (project / ".stillroom").read_text() == "not a folder"


def test_store_in_memory_has_no_local_owner(new_tab, secrets):
    secrets('[connections.results]\nurl = "memory:"')

    app = new_tab(PAGE).run()

    assert label(app) == "Choose whose results these are"
    assert "only a folder of this computer has a local owner" in words(app).replace("\\", "")


def test_store_in_memory_may_be_shared(new_tab, secrets):
    secrets('[connections.results]\nurl = "memory:"\nidentity = "single-user"')

    assert label(new_tab(PAGE).run()) == "1 result saved"


BAD_ARGUMENTS = {
    "keys as one text": ('sr.page("p", session_keys="forecast")', "session_keys takes a list"),
    "a name that is none": ("sr.page(5)", "page is not text"),
    "an instance as a type": ('sr.page("p", types=[5])', "types takes classes"),
    "no keys at all": ('sr.page("p", session_keys=None)', "session_keys takes a list"),
    "no types at all": ('sr.page("p", types=None)', "types takes a list"),
    "a text for a size": ('sr.page("p", max_auto_mb="50")', "max_auto_mb is not a number"),
    "a size below nothing": ('sr.page("p", max_auto_mb=-1)', "max_auto_mb is not 0 or more"),
    "a size that is none": ('sr.page("p", max_auto_mb=float("nan"))', "is not 0 or more"),
    "a name of a connection": ('sr.page("p", conn="archive")', "conn takes what st.connection"),
    "an empty name": ('sr.page("", session_keys=["x"])', "page"),
}


@pytest.mark.parametrize(("call", "named"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_wrong_argument_is_refused_by_name(new_tab, call, named):
    app = new_tab(f"import stillroom.streamlit as sr\n{call}").run()

    assert named in app.exception[0].message


TWICE = {
    "a page": "sr.page('p').panel()\n" * 2,
    "two pages after the recipe": (
        "from stillroom.compat import render_results_storage_panel as panel\n"
        "panel('p', 'Train', ['a'])\npanel('p', 'Test', ['b'])"
    ),
}


@pytest.mark.parametrize("calls", TWICE.values(), ids=TWICE)
def test_second_panel_of_one_name_is_refused_by_name(new_tab, calls):
    # It was an error of Streamlit's about a session key that the app never named.
    app = new_tab(f"import stillroom.streamlit as sr\n{calls}").run()

    assert "there is one already for `p`" in app.exception[0].message
