"""What administrators publish: rules of conduct, versions of courses, communities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.models import ConductVersion, Course, Domain
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def conduct_publish(request: HttpRequest) -> HttpResponse:
    """New rules of conduct, from a day on."""
    require(policies.can_publish_course, request.user, None)
    newest = ConductVersion.objects.first()
    start = {"title": newest.title, "body": newest.body} if newest else {}

    def publish(said: Mapping[str, Any]) -> str:
        version = services.publish_conduct(
            actor=reader_of(request),
            title=said["title"],
            body=said["body"],
            changes=said["changes"],
            in_force_from=_start_of(said["in_force_from"]),
        )
        return f"Version {version.number} is published. Everybody who works with data has to sign it."

    act = Act(
        title="Publish rules of conduct",
        caption="Rules of conduct",
        button="Publish these rules",
        back=reverse("conduct"),
        form=forms.ConductVersionForm(posted(request), initial=start),
        perform=publish,
        done="",
        section="Rules of conduct",
        section_url=reverse("conduct"),
        explanation="What is published is never changed. Once it is in force, data waits until a person has signed.",
        danger=True,
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def course_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """A new version of a course."""
    require(policies.can_publish_course, request.user, None)
    course = get_object_or_404(Course, slug=slug)
    newest = course.versions.first()
    start = {name: getattr(newest, name) for name in ("body", "questions_asked", "pass_percent")} if newest else {}

    def publish(said: Mapping[str, Any]) -> str:
        version = services.publish_course(
            actor=reader_of(request),
            course=course,
            body=said["body"],
            questions=services.questions_for(course, said["file"].read() if said["file"] else None),
            questions_asked=said["questions_asked"],
            pass_percent=said["pass_percent"],
            replaces_from=_start_of(said["replaces_from"]),
        )
        return f"Version {version.number} is published. Whoever starts the questions now gets this version."

    act = Act(
        title="Publish a new version",
        caption=course.name,
        button="Publish this version",
        back=reverse("training-list"),
        form=forms.CourseVersionForm(posted(request), request.FILES or None, initial=start),
        perform=publish,
        done="",
        section="Training",
        section_url=reverse("training-list"),
        explanation="What is published is never changed. Certificates of older versions count until they end, or until "
        "the day below.",
        danger=True,
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def domain_create(request: HttpRequest) -> HttpResponse:
    """A new community or domain; its leads are asked for under People and roles."""
    require(policies.can_govern_domain, request.user, None)
    parents = Domain.objects.filter(parent=None).order_by("name")

    def create(said: Mapping[str, Any]) -> str:
        made = services.create_domain(
            actor=reader_of(request), name=said["name"], kind=said["kind"], aims=said["aims"], parent=said["parent"]
        )
        return f"{made.name} is there. Ask for its lead next, under People and roles: two people give that role."

    act = Act(
        title="Create a community",
        caption="Research communities",
        button="Create community",
        back=reverse("domain-list"),
        form=forms.DomainForm(posted(request), parents=parents),
        perform=create,
        done="",
        section="Research communities",
        section_url=reverse("domain-list"),
        explanation="It takes applications at once. Until it has a lead, an administrator decides on them.",
    )
    return carry_out(request, act)


def _start_of(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time(0, 0))) if day else None
