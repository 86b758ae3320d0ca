"""What each dataset may be used for: written down by one data manager, put into force by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access_review import services
from access_review.forms import EmptyForm, TermsForm
from access_review.models import DataUse
from access_review.policies import can_approve_data_use, can_record_data_use, can_see_data_use
from access_review.selectors import terms_of_datasets, terms_rows
from access_review.views import clean
from accounts.gates import reader_of
from ngrl.models import Dataset
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted


@require_safe
@login_required
def terms_list(request: HttpRequest) -> HttpResponse:
    """Every dataset with its terms in force and those that wait for a second person."""
    person = reader_of(request)
    require(can_see_data_use, person, None)
    context = {"datasets": terms_of_datasets(), "may_write": can_record_data_use(person, None)}
    return render(request, "access_review/terms_list.html", context)


@form_page
@login_required
def terms_propose(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down terms, starting from those in force."""
    person = reader_of(request)
    require(can_record_data_use, person, None)
    dataset = get_object_or_404(Dataset, slug=clean(slug))
    held = DataUse.objects.in_force().filter(dataset=dataset).first()
    start = {"permission": held.permission, "modifiers": held.modifiers} if held else {}
    start |= {"diseases": "\n".join(held.diseases)} if held else {}

    def propose(data: Mapping[str, Any]) -> None:
        diseases = data["diseases"].split()
        services.propose_data_use(actor=person, dataset=dataset, **{**data, "diseases": diseases})

    act = Act(
        title="Terms of use",
        caption=dataset.name,
        button="Send to a second data manager",
        back=reverse("access_review:terms-list"),
        form=TermsForm(posted(request), initial=start),
        perform=propose,
        done="The terms wait for a second data manager.",
        explanation="What people consented to. Applications are compared with it; the committee decides.",
    )
    return carry_out(request, act)


@form_page
@login_required
def terms_approve(request: HttpRequest, number: int) -> HttpResponse:
    """Put terms that somebody else wrote down into force."""
    person = reader_of(request)
    require(can_record_data_use, person, None)
    terms = get_object_or_404(DataUse.objects.waiting().select_related("dataset", "proposed_by"), pk=number)
    require(can_approve_data_use, person, terms)
    act = Act(
        title="Approve the terms",
        caption=terms.dataset.name,
        button="Put into force",
        back=reverse("access_review:terms-list"),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.approve_data_use(actor=person, terms=terms),
        done="The terms are in force.",
        facts=terms_rows(terms),
    )
    return carry_out(request, act)
