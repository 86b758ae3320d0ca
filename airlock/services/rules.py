"""A new version of a dataset's rulebook: what the checks find means from now on, for all projects with the dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.models import User
from airlock import policies
from airlock.checks import Policy
from airlock.checks.policy import PolicyRefused, strictest
from airlock.events import Event
from airlock.models import Rulebook
from airlock.rulebooks import newest_document
from ngrl.models import Dataset
from portal.kernel import audit, clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput


@transaction.atomic
def publish_rulebook(*, actor: User, dataset: Dataset, document: Mapping[str, Any], reason: str) -> Rulebook:
    """Publish the next version. What is milder than before in any point is for the committee's chair.

    Files are judged anew by it whenever their request is checked next. Raises InvalidInput for what is no policy.
    """
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    require(policies.can_publish_rules, actor, None)
    if not reason.strip():
        raise InvalidInput("Say why.", field="reason")
    before = newest_document(dataset)
    try:
        old, new = Policy.from_json(before), Policy.from_json({**before, **document})
    except PolicyRefused as refusal:
        raise InvalidInput(str(refusal)) from refusal
    if new == old:
        raise InvalidInput("Nothing differs from the version that holds now.")
    if not is_as_strict(new, old):
        require(policies.can_loosen_rules, actor, None)
    last = Rulebook.objects.filter(dataset=dataset).order_by("-version").values_list("version", flat=True).first()
    book = Rulebook.objects.create(
        dataset=dataset,
        version=(last or 0) + 1,
        document={**before, **document},
        reason=reason.strip(),
        made_by=actor,
        made_at=clock.now(),
    )
    audit.record(Event.RULEBOOK_PUBLISHED, dataset, actor, reason=reason, detail={"version": book.version})
    return book


def is_as_strict(new: Policy, old: Policy) -> bool:
    """Whether the new policy is in no point milder than the old one."""
    return replace(strictest([old, new]), version=new.version) == new
