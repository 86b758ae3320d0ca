"""The author's pages: what leaves, what was found, whose turn it is, and what to do next."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access_review.models import Project
from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.blobs import in_pieces
from airlock.checks import CODES
from airlock.checks.names import shown
from airlock.forms import CommentForm, ExplainForm, FileForm, GroupForm, StartForm, SubmitForm
from airlock.guards import findings_of, ready_to_submit, unanswered, working_turn
from airlock.models import ExportRequest, FileGroup, Release, ReleaseFile
from airlock.progress import check_progress
from airlock.views import is_only_checked, own_request
from airlock.workflows import EXPORT
from portal.kernel import audit
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.forms import HouseForm


def _act(request: HttpRequest, export: ExportRequest, form: HouseForm, **more: Any) -> HttpResponse:
    """A page on which the author's side does one thing to a request."""
    back = reverse("airlock:export-detail", args=[export.reference])
    section: dict[str, Any] = {"section": "Airlock", "section_url": reverse("airlock:export-list")}
    return carry_out(request, Act(caption=export.reference, back=back, form=form, **section, **more))


@require_safe
@login_required
def export_list(request: HttpRequest) -> HttpResponse:
    """The requests of one's own and of one's projects."""
    require(policies.can_open_airlock, reader_of(request), None)
    mine = ExportRequest.objects.of_team(request.user).select_related("project", "author")[:100]
    context = {"requests": mine, "usual": selectors.usual_time()}
    return render(request, "airlock/export_list.html", context)


@form_page
@login_required
def export_start(request: HttpRequest) -> HttpResponse:
    """Begin a request."""
    person = reader_of(request)
    require(policies.can_open_airlock, person, None)
    form = StartForm(Project.objects.visible_to(person), posted(request))
    made: dict[str, str] = {}

    def begin(clean: Any) -> None:
        started = services.create_export(actor=person, project=clean["project"], title=clean["title"])
        made["back"] = reverse("airlock:export-detail", args=[started.reference])

    act = Act(
        title="Ask to let files out",
        caption="Airlock",
        button="Start",
        back=reverse("airlock:export-list"),
        form=form,
        perform=begin,
        done="Your request was started. Add a group, then its files.",
        explanation="Two checkers look at every file. Nothing leaves unless both agree.",
    )
    answer = carry_out(request, act)
    return redirect(made["back"]) if made else answer


@require_safe
@login_required
def export_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a request stands, whose turn it is, and everything the author's side may do; who judges it is led on."""
    person = reader_of(request)
    if is_only_checked(person, reference):
        return redirect("airlock:case", reference)
    export = own_request(request, reference)
    findings = list(findings_of(export).select_related("file"))
    open_ones = set(unanswered(export).values_list("pk", flat=True))
    release = Release.objects.filter(request=export, stopped_at=None).exclude(finished_at=None).first()
    to_do = ready_to_submit(export) if export.is_writable else None
    context = {
        "export": export,
        "groups": selectors.groups_with_files(export),
        "findings": [(each, CODES[each.code], each.pk in open_ones, each.place) for each in findings],
        "comments": selectors.comments_for(person, export),
        "decisions": selectors.decision_words(export),
        "clocks": selectors.clocks_of(export),
        "ahead": selectors.ahead_of(export),
        "usual": selectors.usual_time(),
        "may_write": export.is_writable and policies.can_write_export(person, export),
        "may_submit": export.is_writable and to_do is None and EXPORT.refusal(export, "submit", person) is None,
        "to_do": to_do,
        "may_withdraw": EXPORT.refusal(export, "withdraw", person) is None,
        "release": release,
        "released": _downloads(person, release),
        "may_look": policies.looks_into(person, export),
        "progress": check_progress(export),
        "progress_url": reverse("airlock_files:checks", args=[export.reference]),
        "history": _history(export) if person.pk == export.author_id else [],
        "shown": shown,
    }
    return render(request, "airlock/export_detail.html", context)


def _downloads(person: Any, release: Release | None) -> list[ReleaseFile]:
    if release is None or not policies.can_download(person, release):
        return []
    return list(release.files.filter(removed_at=None).select_related("file"))


def _history(export: ExportRequest) -> list[Any]:
    """The author's own acts and the moves of the state; never who checked, nor that somebody voted."""
    told = ("started", "added", "took a file", "submitted the request", "returned", "approved", "released", "withdrew")
    entries = []
    for entry in audit.timeline_for(export):
        if entry.sentence.startswith(told):
            is_own = entry.who == export.author.display_name
            entries.append({"at": entry.at, "who": entry.who if is_own else "Airlock", "sentence": entry.sentence})
    return entries


@form_page
@login_required
def export_group(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Describe a group of files; number 0 is a new one."""
    export = own_request(request, reference)
    require(policies.can_write_export, reader_of(request), export)
    group = get_object_or_404(FileGroup, pk=number, request=export) if number else None
    names = ("name", "context", "controls", "people", "rounding_base")
    start = {name: getattr(group, name) for name in names} if group else None
    return _act(
        request,
        export,
        GroupForm(posted(request), initial=start),
        title="Describe the group" if group else "Add a group of files",
        button="Save",
        perform=lambda clean: _group(request, export, group, clean),
        done="The group is saved.",
    )


def _group(request: HttpRequest, export: ExportRequest, group: FileGroup | None, clean: Any) -> None:
    services.save_group(actor=reader_of(request), request=export, group=group, **clean)


@form_page
@login_required
def export_file(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Add a file to a group."""
    export, person = own_request(request, reference), reader_of(request)
    require(policies.can_write_export, person, export)
    group = get_object_or_404(FileGroup, pk=number, request=export)

    def add(clean: Any) -> None:
        common = {"actor": person, "request": export, "group": group, "kind": clean["kind"]}
        if clean["query"]:
            services.add_query_result(query=clean["query"], table="variants", **common)
        else:
            services.add_file(name=clean["file"].name, pieces=in_pieces(clean["file"]), **common)

    return _act(
        request,
        export,
        FileForm(export, person, posted(request), request.FILES if request.method == "POST" else None),
        title="Add a file",
        button="Copy it into the request",
        perform=add,
        done="The file was copied and checked.",
        facts=[("Group", group.name)],
    )


@require_POST
@login_required
def export_file_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take a file out."""
    export = own_request(request, reference)
    file = get_object_or_404(export.files.current(), pk=number)
    services.remove_file(actor=reader_of(request), request=export, file=file)
    return redirect("airlock:export-detail", reference)


@form_page
@login_required
def export_finding(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Explain what a check found."""
    export = own_request(request, reference)
    require(policies.can_write_export, reader_of(request), export)
    finding = get_object_or_404(findings_of(export), pk=number)
    meaning = CODES[finding.code]
    return _act(
        request,
        export,
        ExplainForm(posted(request)),
        title="Explain a finding",
        button="Save",
        perform=lambda clean: services.explain_finding(
            actor=reader_of(request), request=export, finding=finding, text=clean["text"]
        ),
        done="Your explanation is saved.",
        facts=[("Found", meaning.noticed), ("Where", finding.place), ("What helps", meaning.remedy)],
    )


@form_page
@login_required
def export_submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Declare and submit."""
    export = own_request(request, reference)
    require(policies.can_submit_export, reader_of(request), export)
    return _act(
        request,
        export,
        SubmitForm(posted(request)),
        title="Submit for review",
        button="Submit",
        perform=lambda clean: services.submit_export(
            actor=reader_of(request), request=export, declares=clean["declares"]
        ),
        done="Your request is with the airlock. You are told when something happens.",
        explanation="The files are frozen until the checkers have decided.",
        facts=[("Turn", working_turn(export)), ("A first decision usually takes", selectors.usual_time())],
    )


@form_page
@login_required
def export_comment(request: HttpRequest, reference: str) -> HttpResponse:
    """Reply to the checkers."""
    export = own_request(request, reference)
    require(policies.can_write_export, reader_of(request), export)
    return _act(
        request,
        export,
        CommentForm(export, posted(request)),
        title="Reply to the checkers",
        button="Save",
        perform=lambda clean: services.comment_as_member(
            actor=reader_of(request), request=export, body=clean["body"], group=clean["group"]
        ),
        done="Your reply is saved. The checkers read it when you submit.",
    )


@form_page
@login_required
def export_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the request back."""
    export = own_request(request, reference)
    require(policies.can_withdraw_export, reader_of(request), export)
    return _act(
        request,
        export,
        HouseForm(posted(request)),
        title="Withdraw the request",
        button="Withdraw",
        perform=lambda clean: services.withdraw_export(actor=reader_of(request), request=export),
        done="The request is withdrawn.",
        danger=True,
    )


@require_safe
@login_required
def export_receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """The receipt, exactly as it was signed."""
    release = Release.objects.filter(request=own_request(request, reference), stopped_at=None).first()
    if release is None or not release.receipt:
        raise Http404("There is no receipt.")
    answer = HttpResponse(release.receipt, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{reference}-receipt.json"'
    answer["Cache-Control"] = "no-store, private"
    answer["X-Receipt-Signature"] = release.signature
    return answer


@require_POST
@login_required
def released_file(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Take a released file away: asked and recorded at each press, so that no link can be passed on."""
    export = own_request(request, reference)
    released = get_object_or_404(ReleaseFile, pk=number, release__request=export, removed_at=None)
    services.take_released_file(actor=reader_of(request), released=released)
    answer = FileResponse(services.open_released(released), as_attachment=True, filename=released.file.name)
    answer["Content-Type"] = "application/octet-stream"
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@require_POST
@login_required
def export_crate(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Take everything that was released away at once, as a Five Safes RO-Crate with its receipt."""
    export = own_request(request, reference)
    release = get_object_or_404(Release, request=export, stopped_at=None, finished_at__isnull=False)
    require(policies.can_download, reader_of(request), release)
    bag = services.take_crate(actor=reader_of(request), release=release)
    answer = FileResponse(bag, as_attachment=True, filename=f"{reference}.zip", content_type="application/zip")
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
