"""Results in an S3 bucket, through the S3 protocol, with the settings that S3_BUCKET and S3_ENDPOINT_URL make."""

from __future__ import annotations

import io
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pysam
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer

from ngrl.models import Release
from research_env import results
from research_env.cohorts import release_source
from research_env.engine import etag_of
from research_env.models import QueryStatus
from research_env.questions import read_question
from research_env.services import plan_query, submit_query
from research_env.worker import drain
from tests.factories.releases import CANARY, PHE508DEL, load_tiny_release, tiny_release_folder
from tests.factories.research_env import finished, run_question
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
    monkeypatch.setenv("S3_ENDPOINT_URL", endpoint)
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


@pytest.fixture
def brought(bucket: Bucket, tmp_path: Path, settings: Any) -> Path:
    """A folder whose manifest names VCFs in the bucket; the table of samples lies in the folder."""
    settings.VARIANT_COLUMNS = f"s3://{bucket.name}/columns"
    folder = tmp_path / "from-bucket"
    folder.mkdir()
    for path in tiny_release_folder().iterdir():
        if path.name.startswith("chr"):
            bucket.client.upload_file(str(path), bucket.name, f"release/{path.name}")
    shutil.copy(tiny_release_folder() / "samples.tsv", folder)
    chunks = [f"s3://{bucket.name}/release/{name}.vcf.gz" for name in ("chr7", "chrX")]
    (folder / "manifest.json").write_text(json.dumps({"chunks": chunks, "assembly": "GRCh38"}))
    return folder


@pytest.fixture
def brought_as_bcf(bucket: Bucket, brought: Path, tmp_path: Path) -> Path:
    """The same with BCFs, one of which has an older index of the other kind beside it."""
    for name in ("chr7", "chrX"):
        path = tmp_path / f"{name}.bcf"
        with (
            pysam.VariantFile(str(tiny_release_folder() / f"{name}.vcf.gz")) as given,
            pysam.VariantFile(str(path), "wb", header=given.header) as out,
        ):
            for record in given:
                out.write(record)
        pysam.tabix_index(str(path), preset="bcf", force=True)
        for each in (path, Path(f"{path}.csi")):
            bucket.client.upload_file(str(each), bucket.name, f"release/{each.name}")
    bucket.client.put_object(Bucket=bucket.name, Key="release/chr7.bcf.tbi", Body=b"no index of a BCF")
    manifest = brought / "manifest.json"
    manifest.write_text(manifest.read_text().replace(".vcf.gz", ".bcf"))
    return brought


def test_bcfs_in_a_bucket__are_loaded_and_give_the_results_of_the_vcfs(
    world: World, bucket: Bucket, brought_as_bcf: Path
) -> None:
    here = load_tiny_release(world.people["hana"])
    said = io.StringIO()
    call_command("load_release", str(brought_as_bcf), "--publish", stdout=said)
    assert "Read chr7.bcf" in said.getvalue()
    release = Release.objects.get(reference="from-bucket")
    address = f"s3://{bucket.name}/release/chr7.bcf"
    first = release.chunks.order_by("position").first()
    assert first is not None
    assert (first.path, first.index_path, first.etag) == (address, f"{address}.csi", etag_of(address))
    local, lines = (run_question(world, each, genes="CFTR G6PD", pass_only=False) for each in (here, release))
    call_command("index_release", release.reference, stdout=io.StringIO())
    columns = run_question(world, release, genes="CFTR G6PD", pass_only=False)
    assert len({each.result.variants_sha256 for each in (local, lines, columns)}) == 1


def test_a_bcf_in_a_bucket_without_its_index__loads_nothing(world: World, bucket: Bucket, brought_as_bcf: Path) -> None:
    bucket.client.delete_object(Bucket=bucket.name, Key="release/chr7.bcf.csi")
    with pytest.raises(CommandError, match=r"chr7\.bcf: the index is missing. Run: bcftools index chr7\.bcf"):
        call_command("load_release", str(brought_as_bcf), stdout=io.StringIO())
    assert not Release.objects.filter(reference="from-bucket").exists()


def test_a_release_whose_files_lie_in_a_bucket__is_loaded_ingested_and_asked(
    world: World, bucket: Bucket, brought: Path
) -> None:
    here = load_tiny_release(world.people["hana"])
    said = io.StringIO()
    call_command("load_release", str(brought), "--publish", stdout=said)
    assert "Read chr7.vcf.gz" in said.getvalue()
    call_command("load_release", str(brought), stdout=said)
    assert "was loaded before from the same files" in said.getvalue()
    release = Release.objects.get(reference="from-bucket")
    paths = [(chunk.path, chunk.index_path) for chunk in release.chunks.order_by("position")]
    address = f"s3://{bucket.name}/release/chr7.vcf.gz"
    assert paths[0] == (address, f"{address}.tbi")
    assert [chunk.etag for chunk in release_source(release).chunks] == [etag_of(path) for path, _ in paths]
    local, lines = (run_question(world, each, genes="CFTR G6PD", pass_only=False) for each in (here, release))
    call_command("index_release", release.reference, stdout=io.StringIO())
    assert f"columns/{release.reference}/00000/manifest.json" in bucket.names()
    columns = run_question(world, release, genes="CFTR G6PD", pass_only=False)
    shas = {each.result.variants_sha256 for each in (local, lines, columns)}
    assert len(shas) == 1
    # The content of the file changes under a question that was planned
    question = read_question(world.project, release, {"genes": "CFTR"})
    asked = plan_query(actor=world.people["ada"], project=world.project, release=release, name="Q", question=question)
    bucket.client.put_object(Bucket=bucket.name, Key="release/chr7.vcf.gz", Body=b"another file")
    drain(submit_query(actor=world.people["ada"], query=asked))
    asked.refresh_from_db()
    assert asked.status == QueryStatus.FAILED
    assert "chr7.vcf.gz has changed since it was registered" in asked.failure


def test_files_of_a_bucket_that_are_not_there_or_not_sound__load_nothing(
    world: World, bucket: Bucket, brought: Path
) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key="release/chr7.vcf.gz", Body=b"no VCF")
    bucket.client.delete_object(Bucket=bucket.name, Key="release/chrX.vcf.gz")
    with pytest.raises(CommandError) as refused:
        call_command("load_release", str(brought))
    assert "chr7.vcf.gz: the file is not compressed" in str(refused.value)
    assert "chrX.vcf.gz: there is no such file in its bucket." in str(refused.value)
    (brought / "manifest.json").write_text(json.dumps({"chunks": ["s3://only-a-bucket"]}))
    with pytest.raises(CommandError, match="is named as s3://bucket/key"):
        call_command("load_release", str(brought))
    assert not Release.objects.filter(reference="from-bucket").exists()
