"""What a new portal needs before the first person can get access: communities, training, rules of conduct, agreement.

The texts are in accounts/texts/. Each is published once; an administrator publishes further versions in the portal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import AgreementText, ConductVersion, Course, Domain
from accounts.services.agreements import publish_agreement_text
from accounts.services.conduct import publish_conduct
from accounts.services.domains import create_domain
from accounts.services.training import NewQuestion, publish_course
from portal.kernel.access import Actor

TEXTS = Path(__file__).resolve().parent.parent / "texts"
COURSE = "information-governance"


@transaction.atomic
def publish_first_texts(*, actor: Actor) -> list[str]:
    """Publish what is missing; returns its names. What is there already stays as it is."""
    made = _communities(actor)
    course = Course.objects.filter(slug=COURSE).first()
    if course is None or not course.versions.exists():
        made.append(_course(actor))
    if not ConductVersion.objects.exists():
        title, body = _text("conduct")
        made.append(str(publish_conduct(actor=actor, title=title, body=body)))
    if not AgreementText.objects.exists():
        title, body = _text("agreement")
        made.append(str(publish_agreement_text(actor=actor, title=title, body=body)))
    return made


def _communities(actor: Actor) -> list[str]:
    known = {domain.slug: domain for domain in Domain.objects.all()}
    made = []
    for row in json.loads((TEXTS / "communities.json").read_text(encoding="utf-8")):
        if row["slug"] in known:
            continue
        parent = known.get(row.pop("parent", ""))
        domain = known[row["slug"]] = create_domain(actor=actor, parent=parent, **row)
        made.append(domain.name)
    return made


def _course(actor: Actor) -> str:
    said: dict[str, Any] = json.loads((TEXTS / f"{COURSE}.json").read_text(encoding="utf-8"))
    words = {"name": said["name"], "summary": said["summary"], "is_required": True}
    course, _ = Course.objects.get_or_create(slug=COURSE, defaults=words)
    questions = [NewQuestion(**question) for question in said["questions"]]
    version = publish_course(
        actor=actor,
        course=course,
        body=said["body"],
        questions=questions,
        questions_asked=said["questions_asked"],
        pass_percent=said["pass_percent"],
    )
    return str(version)


def _text(name: str) -> tuple[str, str]:
    title, _, body = (TEXTS / f"{name}.txt").read_text(encoding="utf-8").partition("\n")
    return title, body
