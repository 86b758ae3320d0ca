"""The rules of conduct: for everybody to read, and to sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.models import ConductSignature, ConductVersion
from portal.kernel import clock
from portal.kernel.acts import Act, carry_out, posted


@require_safe
def conduct(request: HttpRequest) -> HttpResponse:
    """The newest version, with what is new, the versions before it, and whether the reader has signed it."""
    versions = list(ConductVersion.objects.all())
    newest = versions[0] if versions else None
    signed = None
    if request.user.is_authenticated and newest is not None:
        signed = ConductSignature.objects.filter(person=reader_of(request), version=newest).first()
    context = {
        "version": newest,
        "older": versions[1:],
        "signed": signed,
        "may_publish": policies.can_publish_course(request.user, None),
        "is_in_force": newest is not None and newest.in_force_from <= clock.now(),
    }
    return render(request, "accounts/training/conduct.html", context)


@require_safe
def conduct_version(request: HttpRequest, number: int) -> HttpResponse:
    """An earlier version, as it was published."""
    version = get_object_or_404(ConductVersion, number=number)
    context = {"version": version, "older": [], "signed": None, "is_old": True, "is_in_force": False}
    return render(request, "accounts/training/conduct.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def conduct_sign(request: HttpRequest) -> HttpResponse:
    """Read and sign the newest version."""
    version = get_object_or_404(ConductVersion, pk=getattr(ConductVersion.objects.first(), "pk", None))

    def sign(said: Mapping[str, Any]) -> None:
        services.sign_conduct(
            actor=reader_of(request),
            version=version,
            sha256=said["sha256"],
            typed_name=said["typed_name"],
            address=request.META.get("REMOTE_ADDR"),
        )

    act = Act(
        title="Sign the rules of conduct",
        caption=str(version),
        button="Sign the rules",
        back=reverse("conduct"),
        form=forms.ConductForm(posted(request), initial={"sha256": version.sha256}),
        perform=sign,
        done="You have signed the rules of conduct.",
        section="Rules of conduct",
        section_url=reverse("conduct"),
        text=version.body,
    )
    return carry_out(request, act)
