"""The team and the files of an application."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from access_review import services
from access_review.committee import team_ids
from access_review.forms import EmptyForm, FileForm, InviteForm
from access_review.models import Application, TeamPlace
from access_review.policies import can_read_content
from access_review.selectors import files_of, readiness
from access_review.views import clean, own_application
from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.acts import Act, add_refusal, carry_out, form_page, posted
from portal.kernel.malware import ScannerUnavailable
from portal.kernel.refusals import InvalidInput


@form_page
@login_required
def team(request: HttpRequest, reference: str) -> HttpResponse:
    """Who is in the team, who was invited, and the next invitation."""
    application = own_application(request, reference)
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            services.invite_to_team(actor=reader_of(request), application=application, email=email)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"An invitation is on its way to {email}.")
            return redirect("access_review:team", reference)
    places = list(application.places.filter(removed_at=None).select_related("person").order_by("pk"))
    is_lead = application.lead_id == request.user.pk
    ready = readiness([application.lead, *(place.person for place in places if place.person)])
    context = {
        "application": application,
        "places": [(place, ready.get(place.person_id or 0)) for place in places],
        "lead_lacks": ready[application.lead_id],
        "form": form,
        "is_lead": is_lead,
    }
    return render(request, "access_review/team.html", context)


@require_POST
@login_required
def place_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take somebody out, or an invitation back."""
    application = own_application(request, reference)
    place = get_object_or_404(application.places.filter(removed_at=None), pk=number)
    services.remove_place(actor=reader_of(request), place=place)
    messages.success(request, f"{place.email} is not in the team any more.")
    return redirect("access_review:team", reference)


@form_page
@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page to which an invitation leads: it says what is asked, and one press accepts."""
    place = get_object_or_404(
        TeamPlace.objects.select_related("application__lead"), token_sha256=services.token_hash(token)
    )
    actor = reader_of(request)
    act = Act(
        title="Join the team",
        caption=place.application.reference,
        button="Join the team",
        back=place.application.get_absolute_url(),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.accept_place(actor=actor, place=place),
        done="You are in the team.",
        explanation=(
            f"{place.application.lead.display_name} asks you to join. You will read and write the application, and "
            "work in the project if it is approved."
        ),
    )
    return carry_out(request, act)


@form_page
@login_required
def files(request: HttpRequest, reference: str) -> HttpResponse:
    """The files, and a form for the next one; a refused file leaves everything else as it was."""
    application = own_application(request, reference)
    form = FileForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            services.attach_file(
                actor=reader_of(request),
                application=application,
                name=sent.name,
                stream=sent.file,
                size_bytes=sent.size,
            )
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        except ScannerUnavailable as away:
            form.add_error("file", away.sentence)
        else:
            messages.success(request, f"{sent.name} is attached.")
            return redirect("access_review:file-list", reference)
    held = list(application.attachments.filter(removed_at=None))
    return render(request, "access_review/files.html", {"application": application, "files": held, "form": form})


@require_safe
@login_required
def file_read(request: HttpRequest, reference: str, number: int) -> FileResponse:
    """A file as a download, to whoever may see the application; never drawn by the browser."""
    visible = Application.objects.visible_to(request.user)
    application = get_object_or_404(visible, reference=clean(reference))
    attachment = get_object_or_404(application.attachments, pk=number)
    person = reader_of(request)
    require(can_read_content, person, application)
    if person.pk not in team_ids(application) and attachment not in files_of(*application.versions.all()):
        raise Http404  # the team has not sent it yet
    stream = default_storage.open(attachment.stored_as, "rb")
    return FileResponse(stream, as_attachment=True, filename=attachment.name, content_type="application/octet-stream")


@require_POST
@login_required
def file_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Leave a file out."""
    application = own_application(request, reference)
    attachment = get_object_or_404(application.attachments.filter(removed_at=None), pk=number)
    services.remove_file(actor=reader_of(request), attachment=attachment)
    messages.success(request, f"{attachment.name} is removed.")
    return redirect("access_review:file-list", reference)
