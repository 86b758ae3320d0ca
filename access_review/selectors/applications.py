"""Reads of applications: the team, what may be read by whom, the history as each viewer may know it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q

from access_review.committee import Bench, bench_of
from access_review.events import Event
from access_review.models import Application, ApplicationVersion, Attachment, Comment, TeamPlace, VoteCast
from access_review.policies import can_read_content
from access_review.sections import SECTIONS, Answers, changed, in_words
from accounts.models import User
from accounts.policies import holds
from accounts.roles import Role
from ngrl.models import Dataset
from portal.kernel.audit import TimelineEntry, timeline_for

# What happens on the bench stays on the bench: the team reads of moves, not of votes, seats, interests and comments.
ON_THE_BENCH = (
    Event.CHECK_RECORDED,
    Event.REVIEWER_ASSIGNED,
    Event.REVIEWER_RELEASED,
    Event.INTEREST_DECLARED,
    Event.INTEREST_CLEARED,
    Event.VOTE_CAST,
    Event.VOTE_WITHDRAWN,
    Event.COMMENT_ADDED,
    Event.ADVICE_JUDGED,
    Event.QUORUM_REACHED,
    Event.DECISION_IN_DOUBT,
    Event.STATUS_UNEXPLAINED,
)


def team_of(application: Application) -> list[User]:
    """The lead and everybody who accepted a place, the lead first."""
    places = TeamPlace.objects.filter(application=application, removed_at=None).exclude(accepted_at=None)
    rows = User.objects.filter(Q(pk=application.lead_id) | Q(pk__in=places.values("person")))
    people = {person.pk: person for person in rows}
    lead = people.pop(application.lead_id)
    return [lead, *sorted(people.values(), key=lambda person: person.display_name)]


def votes_shown(actor: Any, application: Application, bench: Bench) -> list[VoteCast] | None:
    """The live votes on the current version, or None while the reader may not know even how many there are.

    Members, chair and deputy see them once their own is cast; auditors at any time; after a decision whoever of the
    committee and its secretariat may read the case. The team never does.
    """
    if actor.pk in bench.team:
        return None
    mine = any(vote.person_id == actor.pk for vote in bench.votes)
    is_open = holds(actor, Role.AUDITOR) or (mine and bench.conflict_of(actor.pk) is None)
    if is_open or (application.status in Application.VOTES_ARE_OPEN and can_read_content(actor, application)):
        return list(bench.votes)
    return None


def comments_shown(actor: Any, version: ApplicationVersion) -> list[Comment]:
    """Shared comments and one's own private ones."""
    readable = Comment.objects.filter(version=version).filter(Q(is_private=False) | Q(author_id=actor.pk))
    return list(readable.select_related("author"))


def timeline_of(application: Application, viewer: Any, bench: Bench | None = None) -> list[TimelineEntry]:
    """The history as this viewer may know it.

    To the team the committee speaks with one voice; who voted when is told together with the votes, and not before.
    `bench`, where the caller has it: of a viewer who is not in the team.
    """
    entries = timeline_for(application)
    team = {} if bench else {person.pk: person.display_name for person in team_of(application)}
    if viewer.pk not in (bench.team if bench else team):
        if votes_shown(viewer, application, bench or bench_of(application)) is not None:
            return entries
        of_votes = {_words(event) for event in (Event.VOTE_CAST, Event.VOTE_WITHDRAWN, Event.QUORUM_REACHED)}
        return [each for each in entries if each.sentence not in of_votes or each.who == viewer.display_name]
    hidden = {_words(event) for event in ON_THE_BENCH}
    names = set(team.values())
    shown = [entry for entry in entries if entry.sentence not in hidden]
    return [entry if entry.who in names else replace(entry, who="The committee") for entry in shown]


def _words(event: Event) -> str:
    from portal.kernel.events import happening

    return happening(event).sentence


def dataset_names() -> dict[str, str]:
    """Names of all datasets by slug."""
    return dict(Dataset.objects.values_list("slug", "name"))


def content_rows(content: dict[str, Any], names: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """A version's answers by section title, as pairs of question and answer."""
    answers = content["answers"]
    return [
        (
            section.title,
            [
                (field.label, in_words(field, answers.get(section.slug, {}).get(field.name), names) or "–")
                for field in section.fields
            ],
        )
        for section in SECTIONS
    ]


def changes_between(before: Answers, after: Answers, names: dict[str, str]) -> list[tuple[str, str, str]]:
    """What differs between two sets of answers, in words: question, old answer, new answer."""
    found = changed(before, after)
    return [(f"{s.title}: {f.label}", in_words(f, old, names), in_words(f, new, names)) for s, f, old, new in found]


def files_of(*versions: ApplicationVersion) -> list[Attachment]:
    """The files that were sent with these versions, whatever the team attached or removed since."""
    sent = {file["sha256"] for version in versions for file in version.content["attachments"]}
    if not sent:
        return []
    held = Attachment.objects.filter(application_id=versions[0].application_id, sha256__in=sent)
    return list({file.sha256: file for file in held}.values())
