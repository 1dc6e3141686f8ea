"""Whose results somebody's are, from what is known about them: for ever the same UUID."""

from __future__ import annotations

import pytest

from stillroom.streamlit import _owner

ANA = {"iss": "https://id.example.org", "sub": "ana"}
MICROSOFT = {"sub": "of this app", "tid": "t-1", "oid": "o"}

# The owner of each, as it must be for ever: results are found by it.
OWNERS = {
    "a sign-in": (ANA, "86982f1a-9160-8401-a7a5-f1e21134251d"),
    "another person": (ANA | {"sub": "ada"}, "ca40b957-bd6a-8f84-b6ee-55de12ff6fb3"),
    "another issuer": (
        ANA | {"iss": "https://id.example.org/"},
        "62cac371-530d-812e-859f-2c78b2a961a5",
    ),
    "letters of another size": (ANA | {"sub": "Ana"}, "680c23bd-5318-876d-8486-d6418c419b17"),
    "the parts cut elsewhere": (
        ANA | {"iss": "https://id.example.orga", "sub": "na"},
        "74118be0-4144-886f-83cb-9c53a955218c",
    ),
    "letters beyond ASCII": (ANA | {"sub": "añá"}, "97632af4-eec8-895a-ac5d-895b01fd4ba9"),
    "half a letter": (ANA | {"sub": "\ud800"}, "a23fa22d-2356-84ff-a8bf-47a1e1d6b119"),
    "Microsoft": (
        {"iss": "https://login.microsoftonline.com/t-1/v2.0", "sub": "x", "tid": "t-1", "oid": "o"},
        "bf370a28-5aff-814f-afa6-9e891c73adaa",
    ),
    "another tenant": (
        {"iss": "https://login.microsoftonline.com/t-2/v2.0", "sub": "x", "tid": "t-2", "oid": "o"},
        "62ec5f84-c917-8a95-ac6d-3fba2a54402c",
    ),
    "tenant and object of another issuer": (
        ANA | {"tid": "t-1", "oid": "o"},
        "86982f1a-9160-8401-a7a5-f1e21134251d",
    ),
}


@pytest.mark.parametrize(("claims", "owner"), OWNERS.values(), ids=OWNERS)
def test_owner_of_a_sign_in_never_changes(claims, owner):
    assert _owner.of_sign_in(claims) == owner


def test_no_two_people_are_one_owner():
    owners = [_owner.of_sign_in(claims) for claims, _ in OWNERS.values()]

    # The last has the claims of ana, and two more that its issuer may not speak of.
    assert owners[-1] == owners[0]
    assert len(set(owners)) == len(OWNERS) - 1


@pytest.mark.parametrize(
    ("name", "value", "owner"),
    [
        ("x-user", "ana", "681d1558-be10-876b-bfe3-b8b894a74582"),
        ("x-user", "Ana", "0d099d1c-5b24-8fbc-98d4-2a8cc2c4e755"),
        ("x-user", " ana", "544382f2-6008-8e92-b8a7-7e44c1afa4a2"),
        ("x-name", "ana", "7d310c85-ccc5-85b8-b8cd-00b30133df67"),
    ],
)
def test_owner_of_a_header_never_changes(name, value, owner):
    assert _owner.of_header(name, value) == owner


def test_address_and_name_of_a_person_change_nothing():
    named = ANA | {"email": "ana@example.org", "name": "Ana", "preferred_username": "ana"}

    assert _owner.of_sign_in(named) == _owner.of_sign_in(ANA)


ISSUERS_OF_ONE = [
    "https://login.microsoftonline.com/t-1/v2.0",
    "https://login.microsoftonline.com/t-1",
    "https://sts.windows.net/t-1/",
    "https://login.microsoftonline.us/t-1/v2.0",
    "https://login.partner.microsoftonline.cn/t-1/v2.0",
]


@pytest.mark.parametrize("issuer", ISSUERS_OF_ONE)
def test_person_at_microsoft_is_one_in_every_application(issuer):
    one = _owner.of_sign_in(MICROSOFT | {"iss": ISSUERS_OF_ONE[0]})

    assert _owner.of_sign_in(MICROSOFT | {"iss": issuer, "sub": "of another app"}) == one


UNNAMED_BY_MICROSOFT = {
    "no object": {"oid": None},
    "no tenant": {"tid": None},
    "an empty object": {"oid": ""},
    "a tenant that another one names": {"tid": "t-2"},
    "no tenant in the issuer": {"iss": "https://login.microsoftonline.com/", "tid": ""},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("changed", UNNAMED_BY_MICROSOFT.values(), ids=UNNAMED_BY_MICROSOFT)
def test_person_whom_microsoft_does_not_name_is_nobody(changed):
    assert _owner.of_sign_in(MICROSOFT | {"iss": ISSUERS_OF_ONE[0]} | changed) is None


NOT_MICROSOFT = [
    "http://login.microsoftonline.com/t-1/v2.0",
    "https://login.microsoftonline.com.example.org/t-1/v2.0",
    "https://login.microsoftonline.com@example.org/t-1/v2.0",
    "https://example.org/login.microsoftonline.com/t-1",
    "https://[sts.windows.net/t-1/",
    "login.microsoftonline.com",
]


@pytest.mark.parametrize("issuer", NOT_MICROSOFT)
def test_another_issuer_can_not_speak_for_microsoft(issuer):
    # Its users may be able to write tid and oid into their own profiles.
    claims = {"iss": issuer, "sub": "s", "tid": "t-1", "oid": "o"}

    assert _owner.of_sign_in(claims) == _owner.of_sign_in({"iss": issuer, "sub": "s"})
    assert _owner.of_sign_in(claims) != _owner.of_sign_in(MICROSOFT | {"iss": ISSUERS_OF_ONE[0]})
