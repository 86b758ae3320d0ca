"""Results in an S3 bucket, through the S3 protocol, with the settings that S3_BUCKET and S3_ENDPOINT_URL make."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from research_env import results
from tests.factories.releases import CANARY, PHE508DEL
from tests.factories.research_env import finished
from tests.personas import World

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Bucket:
    """A bucket of its own for each test: the server in this process remembers earlier ones."""

    client: Any
    name: str

    def names(self) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket behind a server on loopback, as the default storage."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "only-for-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint)
    name = f"lectern-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    options = {"bucket_name": name, "endpoint_url": endpoint, "file_overwrite": False, "default_acl": None}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    yield Bucket(client, name)
    server.stop()


def test_a_query__leaves_two_files_in_the_bucket_and_is_read_from_there(
    world: World, bucket: Bucket, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        query = finished(world)
    assert sorted(bucket.names()) == sorted([query.result.variants_path, query.result.carriers_path])
    assert results.variant_row(query.result, PHE508DEL) is not None
    assert "".join(results.csv_lines(query.result, "carriers")).count(PHE508DEL) > 1
    with results.parquet_bytes(query.result, "variants") as stream:
        assert stream.read(4) == b"PAR1"


def test_keys_and_contents_in_the_bucket__name_no_sample(world: World, bucket: Bucket) -> None:
    finished(world)
    assert bucket.names()
    for key in bucket.names():
        assert not re.search(CANARY, key)
        with default_storage.open(key) as stored:
            assert CANARY.encode() not in stored.read()
