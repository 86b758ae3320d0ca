"""The author's pages of an import: what comes in, from where, the link for sending, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from access_review.models import Project
from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.events import Event
from airlock.forms import ImportForm, StartImportForm
from airlock.guards import import_is_whole
from airlock.models import ImportFile, ImportRequest
from airlock.views import is_only_checked_import, own_import
from airlock.workflows import IMPORT
from portal.kernel import audit
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.events import happening
from portal.kernel.forms import HouseForm

_HIDDEN = {happening(event).sentence for event in (Event.IMPORT_REVIEWED, Event.IMPORT_CHECKS_WAIT)}


def _act(request: HttpRequest, coming: ImportRequest, form: HouseForm, **more: Any) -> HttpResponse:
    back = reverse("airlock:import-detail", args=[coming.reference])
    section: dict[str, Any] = {"section": "Files to bring in", "section_url": reverse("airlock:import-list")}
    return carry_out(request, Act(caption=coming.reference, back=back, form=form, **section, **more))


@require_safe
@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """What one's own and one's projects bring in."""
    require(policies.can_open_airlock, reader_of(request), None)
    mine = ImportRequest.objects.of_team(request.user).select_related("project", "author")[:100]
    return render(request, "airlock/import_list.html", {"imports": mine})


@form_page
@login_required
def import_start(request: HttpRequest) -> HttpResponse:
    """Begin an import."""
    person = reader_of(request)
    require(policies.can_open_airlock, person, None)
    made: dict[str, str] = {}

    def begin(clean: Any) -> None:
        said = {name: value for name, value in clean.items() if name != "project"}
        started = services.create_import(actor=person, project=clean["project"], declared=services.Declared(**said))
        made["back"] = reverse("airlock:import-detail", args=[started.reference])

    act = Act(
        title="Ask to bring files in",
        caption="Airlock",
        button="Start",
        back=reverse("airlock:import-list"),
        form=StartImportForm(Project.objects.visible_to(person), posted(request)),
        perform=begin,
        done="Your import was started. Make a link, and send the files with it.",
        explanation="Checkers ask whether the files are safe here, whether their licence allows them to be here, and "
        "whether your project needs them.",
    )
    answer = carry_out(request, act)
    return redirect(made["back"]) if made else answer


@require_safe
@login_required
def import_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Where an import stands and everything its author may do; who judges it is led on."""
    person = reader_of(request)
    if is_only_checked_import(person, reference):
        return redirect("airlock:incoming-case", reference)
    coming = own_import(request, reference)
    may_write = coming.is_writable and policies.can_write_import(person, coming)
    context = {
        "coming": coming,
        "files": selectors.checked_files(coming),
        "ticket": selectors.open_ticket(coming),
        "may_write": may_write,
        "to_do": import_is_whole(coming) if may_write else None,
        "may_take": policies.can_take_import(person, coming),
        "may_withdraw": IMPORT.refusal(coming, "withdraw", person) is None,
        "history": _history(coming) if person.pk == coming.author_id else [],
    }
    return render(request, "airlock/import_detail.html", context)


def _history(coming: ImportRequest) -> list[dict[str, Any]]:
    """The author's own acts and the moves of the state; never who reviewed, nor when."""
    own = coming.author.display_name
    told = [entry for entry in audit.timeline_for(coming) if entry.sentence not in _HIDDEN]
    return [{"at": e.at, "who": own if e.who == own else "Airlock", "sentence": e.sentence} for e in told]


@form_page
@login_required
def import_declare(request: HttpRequest, reference: str) -> HttpResponse:
    """Change what is said of the files."""
    coming, person = own_import(request, reference), reader_of(request)
    require(policies.can_write_import, person, coming)
    return _act(
        request,
        coming,
        ImportForm(posted(request), initial={name: getattr(coming, name) for name in ImportForm.base_fields}),
        title="What comes in",
        button="Save",
        perform=lambda clean: services.declare_import(
            actor=person, request=coming, declared=services.Declared(**clean)
        ),
        done="What you declare is saved.",
    )


@form_page
@login_required
@sensitive_variables("token")
def import_link(request: HttpRequest, reference: str) -> HttpResponse:
    """Make the link for sending; the answer to the POST is the only page that ever shows it."""
    coming, person = own_import(request, reference), reader_of(request)
    require(policies.can_write_import, person, coming)
    made: dict[str, Any] = {}

    def make(clean: Any) -> None:
        ticket, token = services.open_upload(actor=person, request=coming)
        address = request.build_absolute_uri(f"{reverse('outside:send')}?link={token}")
        made.update(coming=coming, ticket=ticket, address=address)

    answer = _act(
        request,
        coming,
        HouseForm(posted(request)),
        title="Make a link for sending files",
        button="Make the link",
        perform=make,
        done="",
        explanation="Whoever has the link can send files to this import, and nothing else: they see neither what was "
        "sent before nor what becomes of it. A link made before stops working, and all stop when you submit.",
    )
    if not made:
        return answer
    answer = render(request, "airlock/import_link.html", made)
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@login_required
def import_link_close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close the link."""
    services.close_upload(actor=reader_of(request), request=own_import(request, reference))
    return redirect("airlock:import-detail", reference)


@require_POST
@login_required
def import_file_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take a file out."""
    coming = own_import(request, reference)
    file = get_object_or_404(ImportFile.objects.current(), request=coming, pk=number)
    services.remove_import_file(actor=reader_of(request), request=coming, file=file)
    return redirect("airlock:import-detail", reference)


@form_page
@login_required
def import_submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Close the link and submit."""
    coming, person = own_import(request, reference), reader_of(request)
    require(policies.can_write_import, person, coming)
    return _act(
        request,
        coming,
        HouseForm(posted(request)),
        title="Submit for review",
        button="Submit",
        perform=lambda clean: services.submit_import(actor=person, request=coming),
        done="Your import is with the airlock. You are told when something happens.",
        explanation="The link for sending stops working, and the files are frozen until the checkers have decided.",
        facts=[("Turn", coming.turn + 1), ("Reviews needed", coming.needed_reviews)],
    )


@form_page
@login_required
def import_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the import back."""
    coming = own_import(request, reference)
    require(policies.can_withdraw_import, reader_of(request), coming)
    return _act(
        request,
        coming,
        HouseForm(posted(request)),
        title="Withdraw the import",
        button="Withdraw",
        perform=lambda clean: services.withdraw_import(actor=reader_of(request), request=coming),
        done="The import is withdrawn.",
        danger=True,
    )


@require_POST
@login_required
def import_take(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Take a delivered file out of the workspace to work with it; asked and recorded at each press."""
    coming = own_import(request, reference)
    file = get_object_or_404(ImportFile.objects.current().select_related("request__project"), request=coming, pk=number)
    opened = services.take_delivered(actor=reader_of(request), file=file)
    answer = FileResponse(opened, as_attachment=True, filename=file.name)
    answer["Content-Type"] = "application/octet-stream"
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
