"""People and roles: who is here, what each is trusted with, and requests that two people answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, selectors, services
from accounts.gates import reader_of
from accounts.listings import PEOPLE_AND_ROLES, ROLE_REQUESTS, grants_table, request_state
from accounts.models import RoleGrant, RoleRequest, User
from accounts.roles import EMERGENCY, Role
from accounts.workflows import ROLE_REQUEST
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for

SECTION = "People and roles"


@require_safe
@login_required
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody, with what they are trusted with now."""
    require(policies.can_see_roles, request.user, None)
    listing = PEOPLE_AND_ROLES.page(request, selectors.people_with_roles(reader_of(request)))
    may_create = policies.can_create_person(request.user, None)
    return render(request, "accounts/people/list.html", {"listing": listing, "may_create": may_create})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person_create(request: HttpRequest) -> HttpResponse:
    """Make an account for somebody, who chooses a password by mail."""
    require(policies.can_create_person, request.user, None)

    def create(said: Mapping[str, Any]) -> str:
        made = services.create_person(actor=reader_of(request), **said)
        return f"{made.display_name} has an account under {made.email}, and a mail that says how to choose a password."

    act = Act(
        title="Make an account",
        caption="New account",
        button="Make the account",
        back=reverse("people-list"),
        form=forms.PersonForm(posted(request)),
        perform=create,
        done="",
        section=SECTION,
        section_url=reverse("people-list"),
        explanation="For somebody who cannot register. The account gives no role and opens no data.",
    )
    return carry_out(request, act)


def _person(request: HttpRequest, number: int) -> User:
    found: User = get_object_or_404(User.objects.visible_to(reader_of(request)), pk=number)
    return found


@require_safe
@login_required
def person_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One person's roles, now and before, and requests about them."""
    person, reader = _person(request, number), reader_of(request)
    held, ended = selectors.roles_of(reader, person)
    ends = {g.pk: reverse("role-end", args=[number, g.pk]) for g in held if policies.can_end_role(reader, g)}
    requests = RoleRequest.objects.visible_to(reader).filter(person=person).select_related("person", "requested_by")
    context = {
        "person": person,
        "address": person.email if policies.can_see_addresses(reader, None) or person == reader else "",
        "held": grants_table("Roles held now", held, ends),
        "ended": grants_table("Roles that have ended", ended, {}),
        "listing": ROLE_REQUESTS.page(request, requests),
        "actions": _actions(reader, person),
        "timeline": timeline_for(person) if policies.can_see_roles(reader, None) else [],
    }
    return render(request, "accounts/people/detail.html", context)


def _actions(reader: User, person: User) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if person.is_active and selectors.roles_to_ask_for(reader, person):
        found.append({"label": "Ask for a role", "url": reverse("role-request-create", args=[person.pk])})
    if policies.can_close_account(reader, person):
        action, label = ("close", "Close this account") if person.is_active else ("reopen", "Open the account again")
        url = reverse("person-act", args=[person.pk, action])
        found.append({"label": label, "url": url, "danger": person.is_active})
    if policies.can_pseudonymise_person(reader, person) and not person.is_active and person.pseudonymised_at is None:
        url = reverse("person-act", args=[person.pk, "pseudonymise"])
        found.append({"label": "Take name and address away", "url": url, "danger": True})
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person_act(request: HttpRequest, number: int, action: str) -> HttpResponse:
    """Close an account, open it again, or take the name from a closed one."""
    person = _person(request, number)
    possible = {
        "close": ("Close this account", policies.can_close_account, services.close_account),
        "reopen": ("Open the account again", policies.can_close_account, services.reopen_account),
        "pseudonymise": ("Take name and address away", policies.can_pseudonymise_person, services.pseudonymise_person),
    }
    if action not in possible:
        raise Http404("There is no such act.")
    label, rule, service = possible[action]
    require(rule, reader_of(request), person)
    explanations = {
        "close": "Sessions and API tokens end at once, and nobody signs in to the account.",
        "reopen": "The person can sign in again. Sessions and tokens of before stay ended.",
        "pseudonymise": "This cannot be undone. What the person signed, voted and decided stays, under a number.",
    }
    act = Act(
        title=f"{label}?",
        caption=person.display_name,
        button=label,
        back=reverse("person-detail", args=[number]),
        form=forms.ReasonForm(posted(request)),
        perform=lambda said: _nothing(service(actor=reader_of(request), person=person, reason=said["reason"])),
        done=f"{label}: done.",
        section=SECTION,
        section_url=reverse("people-list"),
        explanation=explanations[action],
        danger=action != "reopen",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def role_request_create(request: HttpRequest, number: int) -> HttpResponse:
    """Ask that a person be given a role."""
    person, reader = _person(request, number), reader_of(request)
    roles = selectors.roles_to_ask_for(reader, person)
    if not roles:
        require(policies.can_request_role, reader, policies.Wanted(person, Role.RESEARCHER))

    def ask(said: Mapping[str, Any]) -> None:
        services.request_role(
            actor=reader,
            person=person,
            role=Role(said["role"]),
            scope=said["scope"],
            reason=said["reason"],
            until=_end_of(said["until"]),
        )

    act = Act(
        title="Ask for a role",
        caption=person.display_name,
        button="Ask for this role",
        back=reverse("person-detail", args=[number]),
        form=forms.RoleRequestForm(posted(request), roles=roles, scopes=selectors.places_for(reader, roles)),
        perform=ask,
        done="Asked. A second person answers within 14 days; whoever can has been told.",
        section=SECTION,
        section_url=reverse("people-list"),
        explanation="Nobody gives a role alone. Somebody else approves or declines this request.",
    )
    return carry_out(request, act)


def _end_of(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def role_end(request: HttpRequest, number: int, grant: int) -> HttpResponse:
    """End a role that a person holds, from now on."""
    person, reader = _person(request, number), reader_of(request)
    seen = RoleGrant.objects.visible_to(reader).filter(person=person).select_related("person")
    held = get_object_or_404(seen, pk=grant)
    require(policies.can_end_role, reader, held)
    act = Act(
        title=f"End the role of {held.get_role_display().lower()}?",
        caption=person.display_name,
        button="End this role",
        back=reverse("person-detail", args=[number]),
        form=forms.ReasonForm(posted(request)),
        perform=lambda said: _nothing(services.end_role(actor=reader, grant=held, reason=said["reason"])),
        done="The role has ended.",
        section=SECTION,
        section_url=reverse("people-list"),
        explanation="It ends at once. The entry stays, with the day on which it ended.",
        danger=True,
    )
    return carry_out(request, act)


@require_safe
@login_required
def role_request_list(request: HttpRequest) -> HttpResponse:
    """Requests that the reader asked for, can answer, or may see."""
    reader = reader_of(request)
    rows = RoleRequest.objects.visible_to(reader).select_related("person", "requested_by")
    context = {
        "listing": ROLE_REQUESTS.page(request, rows),
        "may_ask_for_emergency": _may_ask_for_emergency(reader),
        "sees_people": policies.can_see_roles(reader, None),
    }
    return render(request, "accounts/people/requests.html", context)


def _may_ask_for_emergency(reader: User) -> bool:
    return any(
        policies.can_request_emergency(reader, policies.Wanted(reader, role, is_emergency=True)) for role in EMERGENCY
    )


def _request_of(request: HttpRequest, reference: str) -> RoleRequest:
    seen = RoleRequest.objects.visible_to(reader_of(request))
    seen = seen.select_related("person", "requested_by", "decided_by", "grant")
    found: RoleRequest = get_object_or_404(seen, reference=reference)
    return found


@require_safe
@login_required
def role_request_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One request: what is asked, by whom, and what the reader can answer."""
    wanted, reader = _request_of(request, reference), reader_of(request)
    actions = [
        {"label": row.label, "url": reverse("role-request-act", args=[reference, row.action]), "danger": row.danger}
        for row in ROLE_REQUEST.available(wanted, reader)
    ]
    refusals = []
    if wanted.status == "waiting" and policies.can_answer_role_request(reader, wanted):
        refusals = [sentence for sentence in [ROLE_REQUEST.refusal(wanted, "approve", reader)] if sentence]
    context = {
        "wanted": wanted,
        "state": request_state(wanted),
        "facts": _facts(wanted),
        "actions": actions,
        "refusals": refusals,
        "timeline": timeline_for(wanted),
    }
    return render(request, "accounts/people/request.html", context)


def _facts(wanted: RoleRequest) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("For", wanted.person.display_name),
        ("Role", wanted.get_role_display()),
        ("Where", wanted.scope or "Everywhere"),
        ("Reason", wanted.reason),
        ("Asked by", wanted.requested_by.display_name),
        ("To be answered by", f"{timezone.localtime(wanted.expires_at):%-d %B %Y, %H:%M}"),
    ]
    if wanted.is_emergency:
        facts += [("Incident", wanted.incident), ("For how long", f"{wanted.hours} hours at most")]
    elif wanted.until:
        facts.append(("Until", timezone.localdate(wanted.until)))
    if wanted.decided_by:
        facts.append(("Answered by", wanted.decided_by.display_name))
    if wanted.note:
        facts.append(("Answer", wanted.note))
    return facts


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def role_request_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Approve, decline or withdraw."""
    wanted, reader = _request_of(request, reference), reader_of(request)
    acts: dict[str, Callable[[str], object]] = {
        "approve": lambda _: services.approve_role_request(actor=reader, request=wanted),
        "decline": lambda reason: services.decline_role_request(actor=reader, request=wanted, reason=reason),
        "withdraw": lambda _: services.withdraw_role_request(actor=reader, request=wanted),
    }
    if action not in acts:
        raise Http404("There is no such act.")
    row = ROLE_REQUEST.transition(action)
    require(row.allowed, reader, wanted)
    act = Act(
        title=f"{row.label}?",
        caption=wanted.reference,
        button=row.label,
        back=wanted.get_absolute_url(),
        form=forms.ReasonForm(posted(request), is_required=row.reason_required),
        perform=lambda said: _nothing(acts[action](said.get("reason", ""))),
        done=f"{row.label}: done.",
        section=SECTION,
        section_url=reverse("role-request-list"),
        explanation=ROLE_REQUEST.refusal(wanted, action, reader) or "",
        danger=row.danger,
        facts=_facts(wanted),
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def emergency_create(request: HttpRequest) -> HttpResponse:
    """Ask for a role for some hours because of an incident."""
    reader = reader_of(request)
    if not _may_ask_for_emergency(reader):
        wanted = policies.Wanted(reader, Role.SERVICE_DESK, is_emergency=True)
        require(policies.can_request_emergency, reader, wanted)
    act = Act(
        title="Ask for emergency access",
        caption="Requests for roles",
        button="Ask for emergency access",
        back=reverse("role-request-list"),
        form=forms.EmergencyForm(posted(request)),
        perform=lambda said: _nothing(
            services.request_emergency(
                actor=reader,
                role=Role(said["role"]),
                incident=said["incident"],
                reason=said["reason"],
                hours=said["hours"],
            )
        ),
        done="Asked. An administrator or the chair has one hour to confirm; they have been told.",
        section=SECTION,
        section_url=reverse("role-request-list"),
        explanation="A second person has to confirm it. It ends by itself, and the auditor and the chair are told.",
        danger=True,
    )
    return carry_out(request, act)


def _nothing(result: object) -> None:
    """The result is not what the page says."""
