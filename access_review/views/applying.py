"""Writing an application: the list, the start, the task list, its sections, check and submit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access_review import services
from access_review.committee import approved_version
from access_review.forms import DeclarationForm, SectionForm, StartForm
from access_review.listings import APPLICATIONS, KNOWN, STAGES, TURN, stage_of
from access_review.models import Application, SectionAnswer
from access_review.policies import can_know_of_applications, can_start_application
from access_review.sections import BY_SLUG, SECTIONS, in_words, missing, readability
from access_review.selectors import changes_between, content_rows, dataset_names, timeline_of
from access_review.services.writing import frozen_content
from access_review.views import clean, own_application
from accounts.gates import reader_of
from accounts.models import User
from portal.kernel.access import require
from portal.kernel.acts import add_refusal, form_page, posted
from portal.kernel.refusals import InvalidInput


@require_safe
@login_required
def application_list(request: HttpRequest) -> HttpResponse:
    """One's own applications and those of one's teams."""
    mine = Application.objects.of_team(request.user)
    context = {"listing": APPLICATIONS.page(request, mine), "may_start": can_start_application(request.user, None)}
    return render(request, "access_review/application_list.html", context)


@require_safe
@login_required
def application_known(request: HttpRequest) -> HttpResponse:
    """That applications were sent, and how they stand; what they say is the committee's to read."""
    require(can_know_of_applications, request.user, None)
    sent = Application.objects.known_to(request.user).select_related("lead", "domain")
    return render(request, "access_review/application_known.html", {"listing": KNOWN.page(request, sent)})


@form_page
@login_required
def application_start(request: HttpRequest) -> HttpResponse:
    """What is needed, and the first press."""
    actor = reader_of(request)
    if not can_start_application(actor, None):
        return render(request, "access_review/may_not_start.html", {"sentence": can_start_application.sentence})
    form = StartForm(actor, posted(request))
    if request.method == "POST" and form.is_valid():
        if sentence := form.not_eligible():
            return render(request, "access_review/not_eligible.html", {"sentence": sentence})
        return redirect(_started(actor, form))
    return render(request, "access_review/application_start.html", {"form": form})


def _started(actor: User, form: StartForm) -> Application:
    made = services.start_application(actor=actor, domain=form.cleaned_data["domain"])
    services.save_section(actor=actor, application=made, section="eligibility", values=form.eligibility(), revision=0)
    return made


@require_safe
@login_required
def application_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The task list of the team; who reviews is led to the review."""
    try:
        application = own_application(request, reference)
    except Http404:
        if Application.objects.reviewable_by(request.user).filter(reference=clean(reference)).exists():
            return redirect("access_review:case", reference)
        raise
    answers = services.answers_of(application)
    still = services.still_missing(application) if application.is_writable else []
    context = {
        "application": application,
        "tasks": _tasks(application, answers) if application.is_writable else [],
        "missing": still,
        "stage": stage_of(application),
        "turn": TURN.get(Application.Status(application.status), ""),
        "stages": STAGES,
        "is_lead": application.lead_id == request.user.pk,
        "entries": timeline_of(application, request.user),
        "versions": list(application.versions.order_by("-number")),
    }
    return render(request, "access_review/application_detail.html", context)


def _tasks(application: Application, answers: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    tasks = []
    for section in SECTIONS:
        values = answers.get(section.slug, {})
        gaps = missing(section, values)
        status = "Completed" if not gaps else ("In progress" if values else "Not yet started")
        url = reverse("access_review:section", args=[application.reference, section.slug])
        tasks.append({"label": section.title, "status": status, "url": url, "hint": gaps[0] if values and gaps else ""})
    team_url = reverse("access_review:team", args=[application.reference])
    files_url = reverse("access_review:file-list", args=[application.reference])
    tasks.append({"label": "Team", "status": "Optional", "url": team_url, "hint": "Each member accepts by mail"})
    tasks.append({"label": "Attachments", "status": "Optional", "url": files_url, "hint": ""})
    return tasks


@form_page
@login_required
def section(request: HttpRequest, reference: str, slug: str) -> HttpResponse:
    """One section. It is saved however incomplete; what is too long is saved and said."""
    application = own_application(request, reference)
    if slug not in BY_SLUG:
        raise Http404
    about = BY_SLUG[slug]
    held = SectionAnswer.objects.filter(application=application, section=slug).first()
    start = {**(held.values if held else {}), "revision": held.revision if held else 0}
    form = SectionForm(about, posted(request), initial=start)
    context: dict[str, Any] = {"application": application, "section": about, "form": form}
    if request.method == "POST":
        form.is_valid()
        try:
            saved = services.save_section(
                actor=reader_of(request),
                application=application,
                section=slug,
                values=form.written(),
                revision=form.cleaned_data.get("revision", 0),
            )
        except services.Overtaken as overtaken:
            return _conflict(request, context, overtaken)
        if not form.errors:
            messages.success(request, f"{about.title} is saved.")
            return redirect(application)
        form.go_on_from(saved.revision)
    if slug == "summary" and held:
        context["hint"] = readability(str(held.values.get("lay_summary", "")))
    return render(request, "access_review/section.html", context)


def _conflict(request: HttpRequest, context: dict[str, Any], overtaken: services.Overtaken) -> HttpResponse:
    """Both texts side by side; the form keeps what was typed and now starts from the newest state."""
    form, theirs = context["form"], overtaken.theirs
    form.go_on_from(theirs.revision)
    names, fields = dataset_names(), context["section"].fields
    rows = [(field.label, in_words(field, theirs.values.get(field.name), names) or "–") for field in fields]
    context |= {"conflict": overtaken.sentence, "theirs": rows}
    return render(request, "access_review/section.html", context, status=409)


@form_page
@login_required
def submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything once more, with links to change it, a declaration, and one press."""
    application = own_application(request, reference)
    if not application.is_writable:
        return redirect("access_review:application-submitted", reference)
    form = DeclarationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.submit_application(actor=reader_of(request), application=application)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("access_review:application-submitted", reference)
    context = {
        "application": application,
        "form": form,
        "missing": services.still_missing(application),
        "parts": _with_links(application),
        "amended": _amended(application),
        "is_lead": application.lead_id == request.user.pk,
    }
    return render(request, "access_review/submit.html", context)


def _amended(application: Application) -> list[tuple[str, str, str]]:
    """What a change of a project changes of what stands."""
    approved = approved_version(application)
    if approved is None:
        return []
    return changes_between(approved.content["answers"], services.answers_of(application), dataset_names())


def _with_links(application: Application) -> list[tuple[str, str, list[tuple[str, str]]]]:
    rows = content_rows(frozen_content(application), dataset_names())
    urls = [reverse("access_review:section", args=[application.reference, each.slug]) for each in SECTIONS]
    return [(title, url, pairs) for (title, pairs), url in zip(rows, urls, strict=True)]


@require_safe
@login_required
def submitted(request: HttpRequest, reference: str) -> HttpResponse:
    """The receipt: the reference, what happens next, and by when."""
    application = own_application(request, reference)
    version = application.versions.order_by("-number").first()
    if version is None:
        return redirect(application)
    return render(request, "access_review/submitted.html", {"application": application, "version": version})
