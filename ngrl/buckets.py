"""VCFs and BCFs that lie in a bucket: copied for a moment, to be judged as files are. Where the bucket is and who reads
it is said by the environment, as for the engine: S3_ENDPOINT_URL and the names of boto3. No database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ngrl.bcf import index_endings
from ngrl.refusals import Fault, ReleaseRefused

SCHEME: Final = "s3://"
_PIECE: Final = 8 << 20
_ABSENT: Final = frozenset({"404", "NoSuchKey"})
_CHANGED: Final = frozenset({"412", "PreconditionFailed"})


@dataclass(frozen=True)
class BucketFile:
    """One object, named as ``s3://bucket/key``."""

    address: str

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.address.rpartition("/")[2]

    @property
    def state(self) -> str:
        """Its size and ETag, as the engine computes them before it reads; empty where there is no such object."""
        found = self._ask("head_object")
        return "" if found is None else _state(found)

    @contextmanager
    def fetched(self) -> Iterator[tuple[Path, str, str]]:
        """A copy with its index beside it; its state, and the address of the index. Raises ReleaseRefused."""
        with tempfile.TemporaryDirectory(prefix="lectern-loading-") as folder:
            path = Path(folder) / self.name
            state = self._copy(path)
            if state is None:
                raise self._refusal("there is no such file in its bucket.")
            for index in (BucketFile(self.address + ending) for ending in index_endings(self.name)):
                if index._copy(path.with_name(index.name)) is not None:
                    break
            yield path, state, index.address

    def _copy(self, path: Path) -> str | None:
        """Write this very version to a path, with the time that it has in the bucket; None where there is none."""
        head = self._ask("head_object")
        if head is None:
            return None
        body = self._ask("get_object", IfMatch=head["ETag"])
        with path.open("wb") as file:
            for piece in body["Body"].iter_chunks(_PIECE):
                file.write(piece)
        os.utime(path, (head["LastModified"].timestamp(),) * 2)
        return _state(head)

    def _ask(self, verb: str, **wanted: str) -> Any:
        bucket, _, key = self.address.removeprefix(SCHEME).partition("/")
        client = boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT_URL") or None)
        try:
            return getattr(client, verb)(Bucket=bucket, Key=key, **wanted)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _ABSENT:
                return None
            if code in _CHANGED:
                raise self._refusal("the file changed while it was read. Load it when it is complete.") from error
            raise self._refusal(f"it cannot be read from its bucket ({code}).") from error
        except BotoCoreError as error:
            raise self._refusal("its bucket cannot be reached. Are S3_ENDPOINT_URL and the keys set?") from error

    def _refusal(self, reason: str) -> ReleaseRefused:
        return ReleaseRefused(Fault(self.name, None, reason))


def _state(head: Any) -> str:
    etag = str(head["ETag"]).strip('"')
    return f"{int(head['ContentLength']):x}-{etag}"
