"""The addresses for programs. Nothing here submits, explains, withdraws or judges: people do that on the pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from access_review.models import Project
from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.api import documented
from airlock.api.serializers import (
    ExportSummarySerializer,
    FileSerializer,
    GroupSerializer,
    NewExportSerializer,
    NewGroupSerializer,
    NewResultSerializer,
    PlaceSerializer,
)
from airlock.blobs import in_pieces
from airlock.checks import CODES, Consequence, Policy
from airlock.checks.names import folded
from airlock.guards import findings_of, ready_to_submit, unanswered
from airlock.models import ExportRequest, FileGroup, RequestFile
from airlock.progress import check_progress
from portal.kernel.access import require
from portal.kernel.api import HouseView, OneMediaType, page_of, parameters
from portal.kernel.idempotency import create_once
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area
from research_env.models import Query


def _own(request: Request, reference: str) -> ExportRequest:
    found = ExportRequest.objects.of_team(request.user).select_related("project", "author")
    export: ExportRequest | None = found.filter(reference=reference).first()
    if export is None:
        raise NotFound
    return export


def _group(export: ExportRequest, name: str) -> FileGroup:
    found = export.groups.filter(name__iexact=name.strip()).first()
    if found is None:
        raise InvalidInput("The request has no group of this name. Make it first.", field="group")
    return found


def _file(export: ExportRequest, name: str) -> RequestFile:
    files = export.files.current().filter(name_folded=folded(name)).select_related("blob", "group")
    found: RequestFile | None = files.first()
    if found is None:
        raise NotFound
    return found


def _file_as_json(file: RequestFile) -> dict[str, Any]:
    facts = {"name": file.name, "group": file.group.name, "kind": file.kind, "source": file.source}
    return dict(FileSerializer({**facts, "size_bytes": file.blob.size_bytes, "sha256": file.blob_id}).data)


def _findings(export: ExportRequest) -> list[dict[str, Any]]:
    open_ones = set(unanswered(export).values_list("pk", flat=True)) if export.is_writable else set()
    return [
        {
            "file": each.file.name if each.file else "",
            "code": each.code,
            "noticed": CODES[each.code].noticed,
            "remedy": CODES[each.code].remedy,
            "place": str(each.place),
            "count": each.count,
            "consequence": Consequence(each.consequence).name.lower(),
            "is_open": each.pk in open_ones,
        }
        for each in findings_of(export).select_related("file")
    ]


def _whole(request: Request, reference: str, status: int = 200) -> Response:
    export = _own(request, reference)
    to_do = (ready_to_submit(export) or "Submit it on its page.") if export.is_writable else ""
    files = export.files.current().select_related("blob", "group")
    body = ExportSummarySerializer(export).data | {
        "can_be_changed": export.is_writable,
        "next_step": to_do,
        "requests_before": selectors.ahead_of(export),
        "usual_time": selectors.usual_time(),
        "checked_files": check_progress(export).done,
        "groups": GroupSerializer(export.groups.all(), many=True).data,
        "files": [_file_as_json(file) for file in files],
        "findings": _findings(export),
        "page": settings.LECTERN_ADDRESS + export.get_absolute_url(),
    }
    return Response(body, status=status)


class ExportCollection(HouseView):
    """One's own requests and those of one's projects, and new ones."""

    area = Area.EXPORTS

    @documented.exports_list
    def get(self, request: Request) -> Response:
        """One page of requests."""
        mine = ExportRequest.objects.of_team(request.user).select_related("project")
        return page_of(request, mine, "-pk", lambda page: ExportSummarySerializer(page, many=True).data)

    @documented.exports_create
    def post(self, request: Request) -> Response:
        """Start one."""
        actor = reader_of(request)
        require(policies.can_open_airlock, actor, None)
        body = NewExportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        project = Project.objects.visible_to(actor).filter(reference=asked["project"]).first()
        if project is None:
            raise InvalidInput("You work in no project of this reference.", field="project")
        made = create_once(
            request, lambda: services.create_export(actor=actor, project=project, title=asked["title"]).reference
        )
        location = reverse("api-v1:export-detail", args=[made.reference], request=request)
        return made.told(_whole(request, made.reference, made.status), location)


class ExportItem(HouseView):
    """One request."""

    area = Area.EXPORTS

    @documented.exports_read
    def get(self, request: Request, reference: str) -> Response:
        """The request."""
        return _whole(request, reference)


class ExportGroups(HouseView):
    """The groups of a request."""

    area = Area.EXPORTS

    @documented.exports_save_group
    def post(self, request: Request, reference: str) -> Response:
        """Make one, or change it."""
        export = _own(request, reference)
        body = NewGroupSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        group = export.groups.filter(name__iexact=said["name"].strip()).first()
        services.save_group(actor=reader_of(request), request=export, group=group, **said)
        return _whole(request, reference)


class ExportResults(HouseView):
    """Tables of queries in a request."""

    area = Area.EXPORTS

    @documented.exports_add_result
    def post(self, request: Request, reference: str) -> Response:
        """Copy one into it."""
        export, actor = _own(request, reference), reader_of(request)
        body = NewResultSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        query = Query.objects.visible_to(actor).filter(project=export.project, reference=said["query"]).first()
        if query is None:
            raise InvalidInput("The project has no query of this reference that you may see.", field="query")
        services.add_query_result(
            actor=actor,
            request=export,
            group=_group(export, said["group"]),
            query=query,
            table=said["table"],
            kind=said["kind"],
        )
        return _whole(request, reference)


class _AnyBytes(OneMediaType):
    """The body is a file, whatever it says that it is: what it holds is found out by reading it."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The body is read by the view."""
        return next(iter(parsers))


class ExportFile(HouseView):
    """One file of a request, by its name."""

    area = Area.EXPORTS
    content_negotiation_class = _AnyBytes

    def most_bytes(self) -> int:
        """As much as the largest file that the airlock takes."""
        return Policy().max_file_bytes

    @documented.exports_read_file
    def get(self, request: Request, reference: str, name: str) -> Response:
        """What is known of it."""
        return Response(_file_as_json(_file(_own(request, reference), name)))

    @documented.exports_put_file
    def put(self, request: Request, reference: str, name: str) -> Response:
        """Copy the body into the request."""
        export = _own(request, reference)
        where = parameters(request, PlaceSerializer)
        if not str(request.META.get("CONTENT_LENGTH") or "").isdigit():
            raise InvalidInput("Say how long the file is, in the header Content-Length.")
        services.add_file(
            actor=reader_of(request),
            request=export,
            group=_group(export, where["group"]),
            name=name,
            pieces=in_pieces(request.stream) if request.stream else [],
            kind=where["kind"],
        )
        return _whole(request, reference)

    @documented.exports_remove_file
    def delete(self, request: Request, reference: str, name: str) -> Response:
        """Take it out."""
        export = _own(request, reference)
        services.remove_file(actor=reader_of(request), request=export, file=_file(export, name))
        return _whole(request, reference)
