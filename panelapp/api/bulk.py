"""All public panels at once: files that are written each night, with a manifest of their hashes."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from panelapp import bulk
from panelapp.api.base import PanelsView, json_response, not_found
from panelapp.api.documents import PARAMETERS as P
from panelapp.api.documents import Text, Whole, described
from portal.kernel.api import Instant

GZIP = "application/gzip"


class BulkFileSerializer(serializers.Serializer[object]):
    """A file."""

    name = Text(help_text="Its name; add it to this address.")
    size_bytes = Whole(help_text="Its size.")
    sha256 = Text(help_text="Its sha256.")


class BulkManifestSerializer(serializers.Serializer[object]):
    """What there is to download."""

    created = Instant(help_text="When it was written.")
    panels = Whole(help_text="How many panels are in it.")
    files = BulkFileSerializer(many=True, help_text="The files.")


class BulkManifest(PanelsView):
    """The manifest."""

    @described(
        "panels_bulk",
        "List the bulk files",
        "All public panels in a few files: JSONL (one panel to a line), TSV, and BED for both assemblies.",
        BulkManifestSerializer,
        {
            "created": "2026-02-03T02:00:00.000000Z",
            "panels": 400,
            "files": [{"name": "panels-2026-02-03.jsonl.gz", "size_bytes": 1000, "sha256": "0" * 64}],
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """The manifest as it was written."""
        return json_response(request, bulk.read_file(bulk.MANIFEST) or not_found())


class BulkFile(PanelsView):
    """One file."""

    @described(
        "panels_bulk_file",
        "Download a bulk file",
        "A file that the manifest names, gzipped.",
        None,
        "",
        parameters=[P.file],
        media_type=GZIP,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """The file."""
        data = bulk.read_file(name) or not_found()
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(data, content_type=GZIP, headers=headers)
