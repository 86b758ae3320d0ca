"""What the team does after submission: answer, read the decision, withdraw, appeal, give evidence; papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_review import services
from access_review.committee import APPEAL_DAYS, current_version
from access_review.forms import AnswersForm, EmptyForm, ReasonForm
from access_review.models import Application, Condition, Decision, Project
from access_review.policies import can_read_content
from access_review.selectors import changes_between, content_rows, dataset_names
from access_review.views import clean, own_application
from accounts.gates import reader_of
from portal.kernel import pdf
from portal.kernel.access import require
from portal.kernel.acts import Act, add_refusal, carry_out, form_page, posted
from portal.kernel.refusals import InvalidInput
from portal.kernel.working_days import add_working_days


@form_page
@login_required
def respond(request: HttpRequest, reference: str) -> HttpResponse:
    """The committee's questions with boxes; saved at each press, sent with "Submit again"."""
    application = own_application(request, reference)
    version = current_version(application)
    questions = list(version.questions.all()) if version else []
    if not application.is_writable or not questions:
        return redirect(application)
    form = AnswersForm(questions, posted(request))
    if request.method == "POST" and form.is_valid():
        answers = {each.pk: form.cleaned_data[f"q{each.pk}"] for each in questions}
        actor = reader_of(request)
        services.answer_questions(actor=actor, application=application, answers=answers)
        if "send" not in request.POST:
            messages.success(request, "Your answers are saved.")
            return redirect("access_review:application-respond", reference)
        try:
            services.submit_application(actor=actor, application=application)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("access_review:application-submitted", reference)
    assert version is not None, "it has questions"
    changes = changes_between(version.content["answers"], services.answers_of(application), dataset_names())
    context = {"application": application, "form": form, "changes": changes}
    return render(request, "access_review/respond.html", context)


@require_safe
@login_required
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """The outcome, its reasons and conditions, and what can be done about it."""
    application = own_application(request, reference)
    found = Decision.objects.filter(version__application=application).select_related("version").order_by("-pk").first()
    if found is None:
        return redirect(application)
    declined = application.status == Application.Status.DECLINED
    appeal_until = add_working_days(found.decided_at, APPEAL_DAYS) if declined else None
    context = {
        "application": application,
        "decision": found,
        "conditions": list(found.conditions.all()),
        "appeal_until": appeal_until,
        "may_appeal": declined and not hasattr(application, "appeal") and application.lead_id == request.user.pk,
        "may_copy": application.lead_id == request.user.pk and application.status in Application.CAME_TO_NOTHING,
        "project": Project.objects.filter(application=application).first(),
        "is_lead": application.lead_id == request.user.pk,
    }
    return render(request, "access_review/decision.html", context)


def _readable(request: HttpRequest, reference: str) -> Application:
    """An application whose content the reader may read: 404 for who may not see it, 403 before a declaration."""
    application = get_object_or_404(Application.objects.visible_to(request.user), reference=clean(reference))
    require(can_read_content, reader_of(request), application)
    return application


@require_safe
@login_required
def letter(request: HttpRequest, reference: str) -> HttpResponse:
    """The letter as it was stored on the day of the decision."""
    application = _readable(request, reference)
    found = Decision.objects.filter(version__application=application).exclude(letter_path="").order_by("-pk").first()
    if found is None:
        raise Http404
    with default_storage.open(found.letter_path, "rb") as stream:
        return pdf.as_answer(stream.read(), f"{application.reference}-decision.pdf")


@require_safe
@login_required
def version_pdf(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """What was submitted, as a PDF with its SHA-256."""
    application = _readable(request, reference)
    version = get_object_or_404(application.versions, number=number)
    content = version.content
    sent = timezone.localtime(version.submitted_at)
    rows = [
        ["Application", application.reference],
        ["Version", str(version.number)],
        ["SHA-256", version.sha256],
        ["Submitted", f"{sent:%-d %B %Y, %H:%M}"],
        ["Lead", content["lead"]["name"]],
        ["Team", ", ".join(person["name"] for person in content["team"]) or "–"],
        ["Attachments", ", ".join(file["name"] for file in content["attachments"]) or "–"],
    ]
    sections = [[title, [list(pair) for pair in pairs]] for title, pairs in content_rows(content, dataset_names())]
    data: dict[str, Any] = {"title": content["answers"]["summary"]["title"], "rows": rows, "sections": sections}
    paper = pdf.render("application", data, at=version.submitted_at)
    return pdf.as_answer(paper, f"{application.reference}-v{version.number}.pdf")


@form_page
@login_required
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the application back, after a word of warning."""
    application = own_application(request, reference)
    act = Act(
        title="Withdraw this application",
        caption=application.reference,
        button="Withdraw",
        back=application.get_absolute_url(),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.withdraw_application(actor=reader_of(request), application=application),
        done="The application is withdrawn.",
        explanation="The committee stops its work on it. A withdrawn application cannot be taken up again.",
        danger=True,
    )
    return carry_out(request, act)


@form_page
@login_required
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Object to a refusal."""
    application = own_application(request, reference)
    act = Act(
        title="Appeal against the decision",
        caption=application.reference,
        button="Lodge the appeal",
        back=application.get_absolute_url(),
        form=ReasonForm(posted(request), label="What do you object to?"),
        perform=lambda data: services.lodge_appeal(
            actor=reader_of(request), application=application, grounds=data["reason"]
        ),
        done="Your appeal is lodged.",
        explanation="You can appeal once. Somebody who had no part in the decision hears the appeal.",
    )
    return carry_out(request, act)


@form_page
@login_required
def copy(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin anew with the same answers."""
    application = own_application(request, reference)
    if request.method == "POST":
        return redirect(services.copy_application(actor=reader_of(request), application=application))
    act = Act(
        title="Copy as a new application",
        caption=f"{application.reference} · {application.title}",
        button="Copy",
        back=application.get_absolute_url(),
        form=EmptyForm(None),
        perform=lambda _: None,
        done="",
        explanation="The new one has the same answers. You invite the team and attach files anew.",
    )
    return carry_out(request, act)


@form_page
@login_required
def evidence(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say how a condition was met."""
    application = own_application(request, reference)
    condition = get_object_or_404(Condition, pk=number, decision__version__application=application)
    act = Act(
        title="Evidence for a condition",
        caption=application.reference,
        button="Send the evidence",
        back=reverse("access_review:application-decision", args=[reference]),
        form=ReasonForm(posted(request), label="How was the condition met?", hint="Name letters and attached files"),
        perform=lambda data: services.give_evidence(
            actor=reader_of(request), condition=condition, evidence=data["reason"]
        ),
        done="The secretariat will verify it.",
        explanation=condition.text,
    )
    return carry_out(request, act)
