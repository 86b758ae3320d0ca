"""Training: courses, the quiz, certificates, and what the service desk does with those from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.listings import RECORDS, own_records
from accounts.models import Course, Question, QuizAttempt, TrainingRecord
from portal.kernel import clock, pdf
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted

SECTION = "Training"


@require_safe
@login_required
def training_list(request: HttpRequest) -> HttpResponse:
    """The courses, and one's own certificates."""
    own = TrainingRecord.objects.filter(person=reader_of(request)).select_related("version__course")
    records = list(own)
    context = {
        "courses": list(Course.objects.filter(versions__isnull=False).distinct()),
        "records": own_records(records) if records else None,
        "sees_all": policies.can_see_all_training(request.user, None),
    }
    return render(request, "accounts/training/list.html", context)


@require_safe
@login_required
def course_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What there is to read, and the way to the quiz."""
    course = get_object_or_404(Course, slug=slug)
    version = course.versions.first()
    if version is None:
        raise Http404("This course has not been published yet.")
    person = reader_of(request)
    is_open = QuizAttempt.objects.filter(person=person, version=version, finished_at=None).exists()
    context = {
        "course": course,
        "version": version,
        "is_open": is_open,
        "refusal": None if is_open else services.why_no_quiz(person, course, clock.now()),
        "attempts": services.ATTEMPTS_A_DAY,
        "may_publish": policies.can_publish_course(person, None),
    }
    return render(request, "accounts/training/course.html", context)


@require_POST
@login_required
def quiz_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the questions."""
    course = get_object_or_404(Course, slug=slug)
    services.start_quiz(actor=reader_of(request), course=course)
    return redirect("quiz", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def quiz(request: HttpRequest, slug: str) -> HttpResponse:
    """The open attempt; the answer to the POST says how it went, with the reason of each answer that was wrong."""
    course = get_object_or_404(Course, slug=slug)
    held = QuizAttempt.objects.filter(person=reader_of(request), version__course=course, finished_at=None)
    attempt = held.select_related("version").first()
    if attempt is None:
        return redirect(course)
    bank = {question.pk: question for question in Question.objects.filter(pk__in=attempt.questions)}
    asked = [bank[number] for number in attempt.questions]
    form = forms.QuizForm(posted(request), questions=asked)
    if request.method == "POST" and form.is_valid():
        done = services.finish_quiz(actor=reader_of(request), attempt=attempt, answers=form.answers())
        if done.is_passed:
            messages.success(
                request, f"Passed: {done.right_count} of {len(asked)}. Your certificate counts from now on."
            )
            return redirect("training-list")
        wrong = [question for question in asked if done.answers[str(question.pk)] != question.right]
        return render(request, "accounts/training/failed.html", {"course": course, "attempt": done, "wrong": wrong})
    return render(request, "accounts/training/quiz.html", {"course": course, "form": form, "version": attempt.version})


@require_safe
def certificate_check(request: HttpRequest) -> HttpResponse:
    """For everybody who was shown a certificate: is its number real, and does it still count?"""
    form = forms.NumberForm(request.GET or None)
    number = form.cleaned_data.get("number", "").strip().upper() if form.is_bound and form.is_valid() else ""
    record = TrainingRecord.objects.filter(number=number).select_related("person", "version__course").first()
    context = {
        "form": form,
        "asked": number,
        "record": record,
        "standing": record.standing_at(clock.now()) if record else "",
    }
    return render(request, "accounts/training/check.html", context)


@require_safe
@login_required
def record_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One certificate, for its owner, the service desk and auditors."""
    record = _of(request, number)
    who = reader_of(request)
    waits = record.source == TrainingRecord.Source.ENTERED and record.confirmed_at is None
    actions: list[dict[str, Any]] = []
    if waits and record.invalidated_at is None and policies.can_confirm_training(who, record):
        actions.append({"label": "Confirm as second person", "url": reverse("record-act", args=[number, "confirm"])})
    if record.invalidated_at is None and policies.can_invalidate_training(who, record):
        url = reverse("record-act", args=[number, "invalidate"])
        actions.append({"label": "Make invalid", "url": url, "danger": True})
    context = {"record": record, "standing": record.standing_at(clock.now()), "actions": actions, "waits": waits}
    return render(request, "accounts/training/record.html", context)


@require_safe
@login_required
def record_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The certificate as a PDF that says where its number can be checked."""
    record = _of(request, number)
    if record.standing_at(clock.now()) in ("Invalidated", "Waiting for a second person"):
        raise Http404("This certificate does not count.")
    check = settings.LECTERN_ADDRESS + reverse("certificate-check")
    data = {
        "title": "Certificate of training",
        "name": record.person.display_name,
        "course": record.version.course.name,
        "rows": [
            ["Version of the course", str(record.version.number)],
            ["Passed on", _day(record.passed_at)],
            ["Counts until", _day(record.valid_until)],
            ["Number", record.number],
        ],
        "check": f"Whether it still counts can be seen at {check} with this number.",
    }
    return pdf.as_answer(pdf.render("certificate", data, at=record.created_at), f"certificate-{record.number}.pdf")


@require_safe
@login_required
def record_list(request: HttpRequest) -> HttpResponse:
    """Everybody's certificates, for the service desk and auditors."""
    require(policies.can_see_all_training, request.user, None)
    rows = TrainingRecord.objects.visible_to(request.user).select_related("person", "version__course")
    context = {
        "listing": RECORDS.page(request, rows),
        "may_enter": policies.can_enter_any_training(request.user, None),
    }
    return render(request, "accounts/training/records.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def record_create(request: HttpRequest) -> HttpResponse:
    """Enter a certificate from elsewhere."""
    _desk(request)

    def enter(said: Mapping[str, Any]) -> None:
        received = services.Received(said["email"], said["course"].slug, said["passed_on"], said["number"].strip())
        services.enter_certificate(actor=reader_of(request), received=received, evidence=said["evidence"])

    act = Act(
        title="Enter a certificate",
        caption="Certificates",
        button="Enter certificate",
        back=reverse("record-list"),
        form=forms.CertificateForm(posted(request)),
        perform=enter,
        done="Entered. It counts once a second person of the service desk has confirmed it.",
        section=SECTION,
        section_url=reverse("training-list"),
        explanation="Somebody else of the service desk has to confirm it before it counts.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def record_import(request: HttpRequest) -> HttpResponse:
    """Certificates from a CSV file, all of it or nothing; each waits for a second person."""
    _desk(request)

    def take_in(said: Mapping[str, Any]) -> str:
        count = services.import_certificates(
            actor=reader_of(request), content=said["file"].read(), evidence=said["evidence"]
        )
        return f"{count:,} certificates are entered. Each waits for a second person."

    act = Act(
        title="Import certificates",
        caption="Certificates",
        button="Import file",
        back=reverse("record-list"),
        form=forms.EvidenceFileForm(posted(request), request.FILES or None),
        perform=take_in,
        done="",
        section=SECTION,
        section_url=reverse("training-list"),
        explanation="A CSV file with the columns email, course, passed_on (2027-03-27) and number. "
        "If one row is wrong, nothing is taken in and each bad row is named.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def record_act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Confirm as second person, or make invalid."""
    record = _of(request, number)
    if action not in ("confirm", "invalidate"):
        raise Http404("There is no such act.")
    is_confirm = action == "confirm"
    require(
        policies.can_confirm_training if is_confirm else policies.can_invalidate_training, reader_of(request), record
    )

    def perform(said: Mapping[str, Any]) -> None:
        if is_confirm:
            services.confirm_certificate(actor=reader_of(request), record=record)
        else:
            services.invalidate_certificate(actor=reader_of(request), record=record, reason=said["reason"])

    act = Act(
        title="Confirm this certificate?" if is_confirm else "Make this certificate invalid?",
        caption=f"{record.person.display_name}, {record.number}",
        button="Confirm certificate" if is_confirm else "Make invalid",
        back=reverse("record-detail", args=[number]),
        form=forms.ReasonForm(posted(request), is_required=not is_confirm),
        perform=perform,
        done="The certificate counts from now on." if is_confirm else "The certificate counts no longer.",
        section=SECTION,
        section_url=reverse("training-list"),
        danger=not is_confirm,
        facts=(("Course", record.version.course.name), ("Evidence", record.evidence or "None given")),
    )
    return carry_out(request, act)


def _desk(request: HttpRequest) -> None:
    """Whether the reader may enter certificates of anybody else."""
    require(policies.can_enter_any_training, request.user, None)


def _of(request: HttpRequest, number: str) -> TrainingRecord:
    seen = TrainingRecord.objects.visible_to(request.user)
    found: TrainingRecord = get_object_or_404(
        seen.select_related("person", "version__course", "entered_by", "confirmed_by"), number=number
    )
    return found


def _day(at: Any) -> str:
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%-d %B %Y}"
