"""Files in S3 by range: every read names the version that was seen first, so that a changed file is noticed.

Where the bucket is and who reads it is said by the environment, as for results: S3_ENDPOINT_URL and the names of boto3.
"""

from __future__ import annotations

import io
import os
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .errors import BadSource, SourceChanged

_SCHEME: Final = "s3://"
_BUFFER_BYTES: Final = 4 << 20
_CHANGED: Final = frozenset({"PreconditionFailed", "412"})


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Whether a path is the address of an object in S3."""
    return str(path).startswith(_SCHEME)


@lru_cache(maxsize=4)
def _client_at(endpoint: str | None) -> Any:
    return boto3.client("s3", endpoint_url=endpoint)


def s3_client() -> Any:
    """boto3's client of the bucket that the environment names."""
    return _client_at(os.environ.get("S3_ENDPOINT_URL") or None)


class RemoteFile:
    """One object as it was when it was first looked at. Raises BadSource when it cannot be read.

    One that never changes need not be looked at: its ``size`` is known.
    """

    def __init__(self, address: str, size: int | None = None) -> None:
        self.name = os.path.basename(address)
        self._bucket, _, self._key = address.removeprefix(_SCHEME).partition("/")
        self.size, self.etag = size or 0, ""
        if size is None:
            found = self._ask("head_object")
            self.size, self.etag = int(found["ContentLength"]), str(found["ETag"]).strip('"')

    def read(self, start: int, end: int) -> bytes:
        """The bytes from start to end (exclusive), of this very version. Raises SourceChanged."""
        if start >= min(end, self.size):
            return b""
        wanted = {"Range": f"bytes={start}-{min(end, self.size) - 1}"}
        if self.etag:
            wanted["IfMatch"] = f'"{self.etag}"'
        return bytes(self._ask("get_object", **wanted)["Body"].read())

    def opened(self, stop: int | None = None, buffer_bytes: int = _BUFFER_BYTES) -> io.BufferedReader:
        """This version to read from any place, ``buffer_bytes`` for each request, and nothing from ``stop`` on."""
        return io.BufferedReader(_Raw(self, self.size if stop is None else stop), buffer_bytes)

    def _ask(self, verb: str, **wanted: str) -> Any:
        try:
            return getattr(s3_client(), verb)(Bucket=self._bucket, Key=self._key, **wanted)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _CHANGED:
                raise SourceChanged(
                    f"The file {self.name} has changed while it was read. Register the release again before asking."
                ) from error
            raise BadSource(f"The file {self.name} cannot be read from its bucket ({code}).") from error
        except BotoCoreError as error:
            raise BadSource(f"The bucket of the file {self.name} cannot be reached.") from error


class _Raw(io.RawIOBase):
    def __init__(self, file: RemoteFile, stop: int) -> None:
        self._file, self._stop, self._at = file, min(stop, file.size), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stop}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(self._at, min(self._at + len(buffer), self._stop))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_bytes(path: str) -> io.BufferedIOBase:
    """A file of this machine or of a bucket, to read from any place."""
    return RemoteFile(path).opened() if is_remote(path) else open(path, "rb")


def read_object(address: str) -> bytes:
    """A whole small object. Raises FileNotFoundError when there is none."""
    bucket, _, key = address.removeprefix(_SCHEME).partition("/")
    try:
        return bytes(s3_client().get_object(Bucket=bucket, Key=key)["Body"].read())
    except (ClientError, BotoCoreError) as error:
        raise FileNotFoundError(address) from error


def write_object(address: str, path: str | os.PathLike[str]) -> None:
    """Put a file of this machine into a bucket. Raises BadSource."""
    bucket, _, key = address.removeprefix(_SCHEME).partition("/")
    try:
        s3_client().upload_file(str(path), bucket, key)
    except (ClientError, BotoCoreError, boto3.exceptions.S3UploadFailedError) as error:
        raise BadSource(f"{os.path.basename(address)} could not be written to its bucket.") from error
