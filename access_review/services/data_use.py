"""What people consented to for a dataset, as two data managers wrote it down, and what follows for an application."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from access_review.duo import Terms, Use, advise, wrong_with_terms
from access_review.events import Event
from access_review.models import ApplicationVersion, DataUse, DataUseAdvice
from access_review.policies import can_approve_data_use, can_record_data_use
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell


@transaction.atomic
def propose_data_use(
    *,
    actor: Actor,
    dataset: Dataset,
    permission: str,
    modifiers: Sequence[str] = (),
    diseases: Sequence[str] = (),
    reason: str,
) -> DataUse:
    """Write down the terms of a dataset. They hold once a second data manager has approved them.

    What the house sets up itself holds at once. An earlier proposal that nobody approved is replaced.
    InvalidInput names the field for a code that the ontology does not have.
    """
    require(can_record_data_use, actor, dataset)
    if found := wrong_with_terms(permission, modifiers, diseases):
        raise InvalidInput(found.sentence, field=found.field)
    if not reason.strip():
        raise InvalidInput("Say where the terms are written: a consent form, a licence, its version.", field="reason")
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    at, is_house = clock.now(), isinstance(actor, SystemActor)
    DataUse.objects.filter(dataset=dataset, approved_at=None, ended_at=None).update(ended_at=at)
    terms = DataUse.objects.create(
        dataset=dataset,
        permission=permission,
        modifiers=sorted(set(modifiers)),
        diseases=list(dict.fromkeys(diseases)),
        reason=reason.strip(),
        proposed_by_id=None if is_house else actor.pk,
        proposed_at=at,
    )
    tell(Event.DATA_USE_PROPOSED, terms, actor, reason=reason.strip(), dataset=dataset.slug, permission=permission)
    return _put_in_force(terms, actor) if is_house else terms


@transaction.atomic
def approve_data_use(*, actor: Actor, terms: DataUse) -> DataUse:
    """Put proposed terms into force; the next review that begins is advised by them."""
    Dataset.objects.select_for_update(no_key=True).get(pk=terms.dataset_id)
    fresh = DataUse.objects.select_related("dataset").get(pk=terms.pk)
    require(can_approve_data_use, actor, fresh)
    if fresh.approved_at is not None or fresh.ended_at is not None:
        raise TransitionRefused("These terms were approved or replaced in the meantime.")
    return _put_in_force(fresh, actor)


def _put_in_force(terms: DataUse, actor: Actor) -> DataUse:
    at = clock.now()
    DataUse.objects.in_force().filter(dataset=terms.dataset).update(ended_at=at)
    terms.approved_by_id, terms.approved_at = None if isinstance(actor, SystemActor) else actor.pk, at
    terms.save(update_fields=["approved_by", "approved_at"])
    tell(Event.DATA_USE_RECORDED, terms.dataset, actor, permission=terms.permission)
    return terms


def store_advice(version: ApplicationVersion) -> list[DataUseAdvice]:
    """Compare the purpose with each dataset's terms and keep the answers beside the version."""
    answers = version.content["answers"]
    use = Use(
        purpose=answers.get("purpose", {}).get("purpose", ""),
        disease=answers.get("purpose", {}).get("disease", ""),
        is_commercial=answers.get("commercial", {}).get("is_commercial") == "yes",
        has_ethics_approval=bool(answers.get("ethics", {}).get("approval")),
    )
    wanted = Dataset.objects.filter(slug__in=answers.get("datasets", {}).get("datasets", [])).order_by("name")
    terms = {each.dataset_id: each for each in DataUse.objects.in_force().filter(dataset__in=wanted)}
    found = []
    for dataset in wanted:
        held = terms.get(dataset.pk)
        known = Terms(held.permission, frozenset(held.modifiers), frozenset(held.diseases)) if held else None
        advice = advise(known, use)
        found.append(
            DataUseAdvice.objects.update_or_create(
                version=version, dataset=dataset, defaults={"result": advice.result, "reason": advice.reason}
            )[0]
        )
    return found
