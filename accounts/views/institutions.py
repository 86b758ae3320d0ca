"""Institutions: the public check, the register, and an institution's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.listings import PEOPLE, REGISTER, REGISTERED, agreements_table, officers_table
from accounts.models import Affiliation, Institution, RoleGrant, User
from accounts.services.institutions import OFFICES
from accounts.views.files import csv_answer
from accounts.workflows import INSTITUTION
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for
from portal.kernel.refusals import InvalidInput

SECTION = "Institutions"


@require_safe
def institution_check(request: HttpRequest) -> HttpResponse:
    """For everybody: is my institution registered, and what is to be done if it is not?"""
    rows = Institution.objects.registered(clock.now())
    listing = REGISTERED.page(request, rows, form_options={"countries": _countries(rows)})
    return render(request, "accounts/institutions/check.html", {"listing": listing})


@require_safe
@login_required
def institution_list(request: HttpRequest) -> HttpResponse:
    """The register, for staff; those who speak for an institution see their own."""
    seen = Institution.objects.visible_to(request.user)
    if not policies.can_register_institution(request.user, None) and not seen.exists():
        require(policies.can_see_institution, request.user, Institution())
    people = Count("affiliations", filter=Q(affiliations__status=Affiliation.Status.CONFIRMED), distinct=True)
    ends = Max("agreements__ends_at", filter=Q(agreements__status="active"))
    rows = seen.annotate(people=people, ends_at=ends)
    context = {
        "listing": REGISTER.page(request, rows, form_options={"countries": _countries(seen)}),
        "may_register": policies.can_register_institution(request.user, None),
    }
    return render(request, "accounts/institutions/register.html", context)


def _countries(rows: Any) -> list[tuple[str, str]]:
    found = rows.order_by("country").values_list("country", flat=True).distinct()
    return [(country, country) for country in found]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_create(request: HttpRequest) -> HttpResponse:
    """A new entry."""
    require(policies.can_register_institution, request.user, None)
    act = Act(
        title="Register an institution",
        caption="Register",
        button="Register institution",
        back=reverse("institution-list"),
        form=forms.InstitutionForm(posted(request)),
        perform=lambda said: services.register_institution(actor=reader_of(request), entry=_entry(said)) and None,
        done="The institution is in the register. Prepare its agreement next.",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation="It is prospective until both sides have signed the agreement.",
    )
    return carry_out(request, act)


def _entry(said: Mapping[str, Any]) -> services.Entry:
    domains = tuple(dict.fromkeys(said["domains"].lower().replace(",", " ").split()))
    return services.Entry(
        " ".join(said["name"].split()), said["country"], said["kind"], said["ror_id"], said["website"], domains
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_import(request: HttpRequest) -> HttpResponse:
    """Institutions from a JSON file, all of it or nothing."""
    require(policies.can_register_institution, request.user, None)

    def take_in(said: Mapping[str, Any]) -> str:
        added, grown = services.import_institutions(actor=reader_of(request), content=said["file"].read())
        return f"{added:,} institutions are new, {grown:,} have more domains."

    act = Act(
        title="Import institutions",
        caption="Register",
        button="Import file",
        back=reverse("institution-list"),
        form=forms.FileForm(posted(request), request.FILES or None),
        perform=take_in,
        done="",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation="A JSON list of objects with name, alpha_two_code and domains, and perhaps kind, ror_id and "
        "web_pages; it may be gzipped. If one row is wrong, nothing is taken in and each bad row is named.",
    )
    return carry_out(request, act)


@require_safe
@login_required
def institution_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One institution: agreements, who speaks for it, its people."""
    institution = get_object_or_404(Institution.objects.visible_to(request.user), reference=reference)
    at = clock.now()
    grants = RoleGrant.objects.current(at).filter(scope=reference, role__in=OFFICES).select_related("person")
    officers = list(grants.order_by("role", "person__display_name"))
    may_appoint = policies.can_appoint_officer(request.user, institution)
    releases = {g.pk: reverse("officer-release", args=[reference, g.pk]) for g in officers} if may_appoint else {}
    people = Affiliation.objects.visible_to(request.user).filter(institution=institution)
    context = {
        "institution": institution,
        "domains": list(institution.domains.all()),
        "agreements": agreements_table(list(institution.agreements.all())),
        "officers": officers_table(officers, releases),
        "listing": PEOPLE.page(request, people.select_related("person", "institution")),
        "waiting": people.filter(status=Affiliation.Status.WAITING).count(),
        "actions": _actions(request, institution),
        "timeline": timeline_for(institution),
    }
    return render(request, "accounts/institutions/detail.html", context)


def _actions(request: HttpRequest, institution: Institution) -> list[dict[str, Any]]:
    reference, who = institution.reference, request.user
    possible = (
        (policies.can_recheck_members(who, institution), "Recheck people", "institution-recheck"),
        (policies.can_recheck_members(who, institution), "Download the list of people", "institution-people"),
        (policies.can_change_institution(who, institution), "Confirm by address", "institution-settings"),
        (policies.can_appoint_officer(who, institution), "Appoint somebody", "officer-appoint"),
        (policies.can_prepare_agreement(who, institution), "Prepare an agreement", "agreement-create"),
    )
    found = [{"label": label, "url": reverse(name, args=[reference])} for may, label, name in possible if may]
    moves = INSTITUTION.available(institution, reader_of(request))
    return found + [
        {"label": row.label, "url": reverse("institution-act", args=[reference, row.action]), "danger": row.danger}
        for row in moves
    ]


def _of(request: HttpRequest, reference: str) -> Institution:
    found: Institution = get_object_or_404(Institution.objects.visible_to(request.user), reference=reference)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Suspend, reinstate or terminate."""
    institution = _of(request, reference)
    row = next((row for row in INSTITUTION.transitions if row.action == action and action != "activate"), None)
    if row is None:
        raise Http404("There is no such act.")
    require(row.allowed, reader_of(request), institution)
    act = Act(
        title=f"{row.label}?",
        caption=institution.name,
        button=row.label,
        back=institution.get_absolute_url(),
        form=forms.ReasonForm(posted(request)),
        perform=lambda said: _nothing(
            services.move_institution(
                actor=reader_of(request), institution=institution, action=action, reason=said["reason"]
            )
        ),
        done="Done. Access of its people follows at their next request.",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation=INSTITUTION.refusal(institution, action, reader_of(request)) or "",
        danger=row.danger,
    )
    return carry_out(request, act)


def _nothing(result: object) -> None:
    """The result is not what the page says."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_settings(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirming by address: on or off, and where."""
    institution = _of(request, reference)
    require(policies.can_change_institution, request.user, institution)
    domains = list(institution.domains.all())
    start = {
        "confirms_by_address": institution.confirms_by_address,
        "confirming": [each.name for each in domains if each.confirms],
    }
    act = Act(
        title="Confirm people by their address?",
        caption=institution.name,
        button="Save",
        back=institution.get_absolute_url(),
        form=forms.InstitutionSettingsForm(posted(request), domains=domains, initial=start),
        perform=lambda said: _nothing(
            services.change_institution(
                actor=reader_of(request),
                institution=institution,
                confirms_by_address=said["confirms_by_address"],
                confirming=said["confirming"],
            )
        ),
        done="Saved. It counts for everybody who proves an address from now on.",
        section=SECTION,
        section_url=reverse("institution-list"),
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_recheck(request: HttpRequest, reference: str) -> HttpResponse:
    """The list of people goes out as CSV and comes back with a yes or no for each."""
    institution = _of(request, reference)
    require(policies.can_recheck_members, request.user, institution)

    def take_in(said: Mapping[str, Any]) -> str:
        kept, ended = services.recheck_members(
            actor=reader_of(request), institution=institution, content=said["file"].read()
        )
        return f"{kept:,} people are rechecked for two months, {ended:,} have left."

    act = Act(
        title="Recheck people",
        caption=institution.name,
        button="Send list",
        back=institution.get_absolute_url(),
        form=forms.FileForm(posted(request), request.FILES or None),
        perform=take_in,
        done="",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation="Download the list of people from the institution's page, write “no” beside everybody "
        "who has left, with their last day as 2027-03-27 if you know it, and send it back. Everybody has to be in it.",
    )
    return carry_out(request, act)


@require_safe
@login_required
def institution_people(request: HttpRequest, reference: str) -> HttpResponse:
    """The confirmed people as CSV, as it comes back for a recheck; without the row of whoever asks."""
    institution = _of(request, reference)
    require(policies.can_recheck_members, request.user, institution)
    held = institution.affiliations.filter(status=Affiliation.Status.CONFIRMED).exclude(person=reader_of(request))
    rows = [(email, "yes", "") for email in held.order_by("email").values_list("email", flat=True)]
    return csv_answer("people.csv", ("email", "still_here", "left_on"), rows)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def officer_appoint(request: HttpRequest, reference: str) -> HttpResponse:
    """A new membership secretary or security contact."""
    institution = _of(request, reference)
    require(policies.can_appoint_officer, request.user, institution)

    def appoint(said: Mapping[str, Any]) -> None:
        person = User.objects.filter(email=said["email"].lower(), is_active=True).first()
        if person is None:
            raise InvalidInput("Nobody has an account with this address. They register first.", field="email")
        services.appoint_officer(
            actor=reader_of(request), institution=institution, person=person, role=said["role"], reason=said["reason"]
        )

    act = Act(
        title="Appoint somebody",
        caption=institution.name,
        button="Appoint",
        back=institution.get_absolute_url(),
        form=forms.OfficerForm(posted(request)),
        perform=appoint,
        done="Appointed, from now on.",
        section=SECTION,
        section_url=reverse("institution-list"),
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def officer_release(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """End somebody's speaking for the institution."""
    institution = _of(request, reference)
    require(policies.can_appoint_officer, request.user, institution)
    held = RoleGrant.objects.filter(scope=reference, role__in=OFFICES).select_related("person")
    grant = get_object_or_404(held, pk=number)
    act = Act(
        title=f"Release {grant.person.display_name}?",
        caption=institution.name,
        button="Release",
        back=institution.get_absolute_url(),
        form=forms.ReasonForm(posted(request)),
        perform=lambda said: _nothing(
            services.release_officer(
                actor=reader_of(request), institution=institution, grant=grant, reason=said["reason"]
            )
        ),
        done="Released, from now on.",
        section=SECTION,
        section_url=reverse("institution-list"),
        danger=True,
    )
    return carry_out(request, act)
