"""`python -m portal.stack.bucket`: see that the bucket named by S3_BUCKET exists in the store at S3_ENDPOINT_URL."""

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from portal.stack.console import complain, show

ABSENT = {"404", "NoSuchBucket"}


def ensure_bucket(endpoint_url: str | None, bucket: str) -> bool:
    """Create the bucket when it is absent; returns whether it was. Raises ClientError when the store refuses."""
    store = boto3.client("s3", endpoint_url=endpoint_url)
    try:
        store.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ABSENT:
            raise
        store.create_bucket(Bucket=bucket)
        return True
    return False


def main() -> int:
    """Returns the exit code."""
    bucket = os.environ.get("S3_BUCKET", "")
    if not bucket:
        complain("S3_BUCKET is not set.")
        return 1
    try:
        created = ensure_bucket(os.environ.get("S3_ENDPOINT_URL"), bucket)
    except (ClientError, BotoCoreError) as error:
        complain(f"The bucket {bucket} cannot be used: {error}. Check S3_ENDPOINT_URL and the keys.")
        return 1
    show(f"The bucket {bucket} {'was created' if created else 'is there'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
