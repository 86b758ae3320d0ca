"""By what a project's files are judged: the strictest policy of its datasets, and whom nothing may name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from access_review.models import DatasetGrant, Project
from airlock.checks import RULES_VERSION, Policy
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.judging import Rules
from airlock.checks.notes import Declared
from airlock.checks.policy import strictest
from airlock.models import FileGroup
from airlock.models.rulebooks import Rulebook
from ngrl.models import Dataset, Participant
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.selectors import key_of_findings, keyed_identifiers


@dataclass(frozen=True)
class ProjectRules:
    """The rules for all files of a project at one moment; `sha256` differs whenever they could answer otherwise."""

    rules: Rules
    sha256: str

    @property
    def policy(self) -> Policy:
        """What findings mean here."""
        return self.rules.policy

    def of(self, group: FileGroup) -> Rules:
        """The rules with what the author says of a group's figures."""
        return replace(self.rules, declared=Declared(people=group.people, rounding_base=group.rounding_base))

    def sha256_of(self, group: FileGroup) -> str:
        """By what a kept answer is found again: the rules and what was declared."""
        return hashlib.sha256(f"{self.sha256}:{group.people}:{group.rounding_base}".encode()).hexdigest()


def policy_of(project: Project) -> Policy:
    """The strictest of the newest rulebooks of all datasets that the project has or had; two queries.

    A dataset's own threshold for small numbers is never undercut by its rulebook.
    """
    datasets = Dataset.objects.filter(pk__in=DatasetGrant.objects.filter(project=project).values("dataset"))
    newest = Rulebook.objects.filter(dataset__in=datasets).order_by("dataset_id", "-version").distinct("dataset_id")
    books = {book.dataset_id: book for book in newest}
    return strictest(policy_of_dataset(dataset, books.get(dataset.pk)) for dataset in datasets)


def newest_document(dataset: Dataset) -> dict[str, Any]:
    """What the newest rulebook of a dataset says; nothing where the house's rules hold."""
    newest = Rulebook.objects.filter(dataset=dataset).order_by("-version").first()
    return dict(newest.document) if newest else {}


def policy_of_dataset(dataset: Dataset, book: Rulebook | None) -> Policy:
    """The policy of one dataset by this version of its rulebook, or by the house's rules."""
    policy = Policy.from_json(book.document) if book is not None else Policy()
    version = f"{dataset.slug}-{book.version}" if book is not None else policy.version
    return replace(policy, version=version, threshold=max(policy.threshold, dataset.disclosure_threshold))


def rules_of(project: Project) -> ProjectRules:
    """Everything that files of a project are judged by, with the keyed hashes of all people and samples."""
    policy = policy_of(project)
    known = (_pseudonyms(project), _identifiers_of_sources())
    told = hashlib.sha256(f"{RULES_VERSION}:{policy.digest}".encode())
    for each in known:
        told.update(b"".join(sorted(each.digests)))
    return ProjectRules(Rules(policy, known, key_of_findings()), told.hexdigest())


def _pseudonyms(project: Project) -> KnownIdentifiers:
    """The names by which this project knows people, hashed under a key of this purpose."""
    ids = np.fromiter(Participant.objects.values_list("pk", flat=True).iterator(), dtype=np.int64)
    words = ProjectPseudonyms(project.reference).encode_many(ids) if len(ids) else []
    return KnownIdentifiers.of(key_of_findings(), words)


def _identifiers_of_sources() -> KnownIdentifiers:
    """The identifiers that people and samples had where they came from. The library keeps their keyed hashes alone."""
    key, digests = keyed_identifiers()
    return KnownIdentifiers(key, digests, exact=True)
