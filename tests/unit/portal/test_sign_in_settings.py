"""Identity providers as the environment describes them: complete and safe, or the portal does not start."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings.sign_in import read_providers

NORTHMOOR = {
    "LECTERN_SIGN_IN_NORTHMOOR_NAME": "Northmoor University",
    "LECTERN_SIGN_IN_NORTHMOOR_ISSUER": "https://id.northmoor.example",
    "LECTERN_SIGN_IN_NORTHMOOR_CLIENT_ID": "lectern",
    "LECTERN_SIGN_IN_NORTHMOOR_CLIENT_SECRET": "secret",
}
ORCID = {"LECTERN_SIGN_IN_ORCID_CLIENT_ID": "APP-1", "LECTERN_SIGN_IN_ORCID_CLIENT_SECRET": "secret"}


def test_none__is_fine() -> None:
    assert read_providers({}) == ()


def test_several__come_in_their_order_and_orcid_is_known() -> None:
    orcid, northmoor = read_providers({"LECTERN_SIGN_IN": "orcid, northmoor", **ORCID, **NORTHMOOR})
    assert (orcid.name, orcid.issuer, orcid.proves_orcid) == ("ORCID", "https://orcid.org", True)
    assert (northmoor.name, northmoor.client_id, northmoor.proves_orcid) == ("Northmoor University", "lectern", False)


@pytest.mark.parametrize("name", NORTHMOOR)
def test_incomplete__names_what_is_missing(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"Set {name}"):
        read_providers({"LECTERN_SIGN_IN": "northmoor", **NORTHMOOR, name: ""})


@pytest.mark.parametrize(
    "issuer", ["http://id.northmoor.example", "id.northmoor.example", "https://x.example/?a=b", "https://", "ftp://x"]
)
def test_issuer__is_an_https_address(issuer: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is no issuer"):
        read_providers({"LECTERN_SIGN_IN": "northmoor", **NORTHMOOR, "LECTERN_SIGN_IN_NORTHMOOR_ISSUER": issuer})


@pytest.mark.parametrize("keys", ["northmoor,northmoor", "Northmoor", "north-moor", "../x"])
def test_keys__are_plain_and_stand_once(keys: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="LECTERN_SIGN_IN"):
        read_providers({"LECTERN_SIGN_IN": keys, **NORTHMOOR})
