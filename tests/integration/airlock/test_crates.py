"""A release as a Five Safes RO-Crate: a whole bag, everything in it told of, nobody's name but the author's."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from airlock.models import DownloadGrant, ExportRequest, FileAccess
from airlock.services.receipts import is_signed, public_key
from portal.kernel import clock
from tests.factories import exports
from tests.factories.exports import SAFE, Desk

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


def taken(client: Client, request: ExportRequest) -> Any:
    return client.post(reverse("airlock:export-crate", args=[request.reference]))


@pytest.fixture
def request_of_ada(desk: Desk) -> ExportRequest:
    return exports.released(desk)


@pytest.fixture
def bag(request_of_ada: ExportRequest, client_of: ClientOf) -> dict[str, bytes]:
    """Members of the bag, without the folder that they lie in."""
    answer = taken(client_of("ada"), request_of_ada)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {request_of_ada.reference}
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def sums(manifest: bytes) -> Iterator[tuple[str, str]]:
    for line in manifest.decode().splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def test_bag__is_whole(bag: dict[str, bytes]) -> None:
    assert bag["bagit.txt"].startswith(b"BagIt-Version: 1.0\n")
    listed = dict([*sums(bag["manifest-sha512.txt"]), *sums(bag["tagmanifest-sha512.txt"])])
    assert set(listed) == set(bag) - {"tagmanifest-sha512.txt"}
    assert all(hashlib.sha512(bag[name]).hexdigest() == digest for name, digest in listed.items())


def test_crate__holds_the_files_and_the_signed_receipt(bag: dict[str, bytes]) -> None:
    assert bag["data/outputs/counts.csv"] == SAFE
    assert is_signed(bag["data/receipt.json"].decode(), bag["data/receipt.sig"].decode(), public_key())


def test_metadata__tells_of_everything_and_refers_to_nothing_that_is_not_there(bag: dict[str, bytes]) -> None:
    graph = json.loads(bag["data/ro-crate-metadata.json"])["@graph"]
    entities = {each["@id"]: each for each in graph}
    assert len(entities) == len(graph)
    root = entities["./"]
    assert root["conformsTo"] == {"@id": "https://w3id.org/5s-crate/0.4"}
    assert {f"data/{each['@id']}" for each in root["hasPart"]} == {
        name for name in bag if name.startswith("data/") and name != "data/ro-crate-metadata.json"
    }
    assert entities["outputs/counts.csv"]["sha256"] == hashlib.sha256(SAFE).hexdigest()
    known = {*entities, "https://w3id.org/ro/crate/1.1"}
    assert [each for each in references(graph) if each not in known and "w3id.org/shp#" not in each] == []
    steps = [entities[each["@id"]]["additionalType"]["@id"].partition("#")[2] for each in root["mentions"]]
    assert steps == ["ValidationCheck", "DisclosureCheck", "DisclosureCheck", "SignOff", "GenerateCheckValue"]


# Words of schema.org that the context of RO-Crate 1.1 knows, as far as they are used here.
TERMS = {
    "about",
    "actionStatus",
    "additionalType",
    "agent",
    "author",
    "conformsTo",
    "contentSize",
    "datePublished",
    "description",
    "encodingFormat",
    "endTime",
    "hasPart",
    "identifier",
    "instrument",
    "license",
    "mainEntity",
    "memberOf",
    "mentions",
    "name",
    "object",
    "publisher",
    "sourceOrganization",
    "url",
}


def test_metadata__keeps_the_rules_of_ro_crate_and_of_its_five_safes_profile(bag: dict[str, bytes]) -> None:
    document = json.loads(bag["data/ro-crate-metadata.json"])
    context, own = document["@context"]
    assert context == "https://w3id.org/ro/crate/1.1/context"
    entities = {each["@id"]: each for each in document["@graph"]}
    for each in entities.values():
        assert set(each) - {"@id", "@type"} <= TERMS | set(own), each
        assert each["@type"]
        assert not [value for value in each.values() if isinstance(value, list) and len(value) < 2], each
        nested = [value for value in each.values() if isinstance(value, dict) and set(value) != {"@id"}]
        assert nested == []
    descriptor, root = entities["ro-crate-metadata.json"], entities["./"]
    assert (descriptor["about"], descriptor["conformsTo"]["@id"][-4:]) == ({"@id": "./"}, "/1.1")
    assert datetime.fromisoformat(root["datePublished"]).tzinfo
    kinds = {name: entities[root[name]["@id"]]["@type"] for name in ("license", "publisher", "author", "mainEntity")}
    assert kinds == {
        "license": "CreativeWork",
        "publisher": "Organization",
        "author": "Person",
        "mainEntity": "Dataset",
    }
    assert entities[root["publisher"]["@id"]]["url"]
    files = [entities[each["@id"]] for each in root["hasPart"]]
    assert {(each["@type"], bool(each["encodingFormat"])) for each in files} == {("File", True)}
    project = entities[root["sourceOrganization"]["@id"]]
    assert (project["@type"], bool(project["identifier"])) == ("Project", True)
    for step in (entities[each["@id"]] for each in root["mentions"]):
        assert step["@type"] in ("AssessAction", "UpdateAction")
        assert (step["object"], step["actionStatus"]) == ({"@id": "./"}, "http://schema.org/CompletedActionStatus")
        assert datetime.fromisoformat(step["endTime"]).tzinfo
        by_a_person = step["additionalType"]["@id"].endswith("#DisclosureCheck")
        assert (entities[step["agent"]["@id"]]["@type"] == "Person") is by_a_person


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if set(node) == {"@id"}:
            yield node["@id"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_crate__names_no_reviewer(bag: dict[str, bytes], desk: Desk) -> None:
    text = b"".join(bag.values()).decode()
    assert desk.author.display_name in text
    assert not [person for person in (desk.first, desk.second) if person.display_name in text]


def test_crate__is_taken_by_the_rules_of_downloads_and_recorded(
    request_of_ada: ExportRequest, client_of: ClientOf
) -> None:
    assert taken(client_of("ben"), request_of_ada).status_code == 403
    assert taken(client_of("eve"), request_of_ada).status_code == 404
    assert not FileAccess.objects.filter(how="downloaded").exists()
    b"".join(taken(client_of("ada"), request_of_ada).streaming_content)
    assert FileAccess.objects.filter(how="downloaded").count() == 1
    DownloadGrant.objects.update(expires_at=clock.now())
    assert taken(client_of("ada"), request_of_ada).status_code == 403
