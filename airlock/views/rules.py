"""The rulebooks of datasets: what holds now, what held before and why, and a form for the next version."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from airlock import policies, services
from airlock.forms import RulebookForm
from airlock.models import Rulebook
from airlock.rulebooks import policy_of_dataset
from ngrl.models import Dataset
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted


@require_safe
@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """Every dataset with its threshold and the versions of its rulebook."""
    person = reader_of(request)
    require(policies.can_see_queue, person, None)
    books: dict[int, list[Rulebook]] = {}
    for book in Rulebook.objects.select_related("made_by").order_by("-version"):
        books.setdefault(book.dataset_id, []).append(book)
    rows = [
        (
            dataset,
            policy_of_dataset(dataset, versions[0] if (versions := books.get(dataset.pk, [])) else None),
            versions,
        )
        for dataset in Dataset.objects.order_by("name")
    ]
    context = {"rows": rows, "may_publish": policies.can_publish_rules(person, None)}
    return render(request, "airlock/rules.html", context)


@form_page
@login_required
def rules_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """The next version of a dataset's rulebook."""
    person = reader_of(request)
    require(policies.can_publish_rules, person, None)
    dataset = get_object_or_404(Dataset, slug=slug)
    newest = Rulebook.objects.filter(dataset=dataset).order_by("-version").first()
    form = RulebookForm(policy_of_dataset(dataset, newest), posted(request))

    def publish(clean: Any) -> object:
        return services.publish_rulebook(
            actor=person, dataset=dataset, document=form.document(), reason=clean["reason"]
        )

    act = Act(
        title="Publish the next version of the rules",
        caption=dataset.name,
        button="Publish",
        back=reverse("airlock:rules"),
        form=form,
        perform=publish,
        done="The new version holds. Requests are judged by it when they are checked next.",
        section="Airlock checks",
        section_url=reverse("airlock:queue"),
        explanation=(
            "A project with several datasets is judged by the strictest of their rules. "
            "What is milder than before in any point is for the committee's chair to publish."
        ),
        facts=[("Version that holds now", newest.version if newest else "The house's rules")],
    )
    return carry_out(request, act)
