"""What the addresses for programs share: who is asking, what is named, and how a refusal names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access_review.models import Project
from accounts.gates import data_access, reader_of
from ngrl.models import Release
from portal.kernel import clock
from portal.kernel.problems import NOTHING_HERE
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from research_env import results
from research_env.models import Query, QueryResult
from research_env.questions import BadQuestion, Question


class HasDataAccess(BasePermission):
    """The person may work with data now; otherwise the reasons are the refusal."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or PermissionRefused with the reasons."""
        access = data_access(reader_of(request), clock.now())
        if not access.granted:
            raise PermissionRefused(" ".join(access.reasons))
        return True


def query_of(request: Request, reference: str) -> Query:
    """A query that the actor may see. Raises NotFound, with the reasons where access to data has ended."""
    visible = Query.objects.visible_to(actor := reader_of(request))
    query = visible.select_related("project", "release", "author", "rerun_of", "result").filter(reference=reference)
    if found := query.first():
        return found
    raise NotFound(" ".join((NOTHING_HERE, *data_access(actor, clock.now()).reasons)))


def project_of(request: Request, reference: str) -> Project:
    """An open project that one works in. Raises InvalidInput."""
    project = Project.objects.visible_to(reader_of(request)).filter(reference=reference).first()
    if project is None:
        raise InvalidInput(f"You work in no open project {reference}.", field="project")
    return project


def release_of(request: Request, reference: str) -> Release:
    """A release that one may see. Raises InvalidInput."""
    release = Release.objects.visible_to(reader_of(request)).filter(reference=reference).first()
    if release is None:
        raise InvalidInput(f"There is no release {reference}.", field="release")
    return release


def question_as_text(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A question of a program's body as read_question takes it: lists of lines as one text."""
    lines = {name: "\n".join(raw[name]) for name in ("targets", "pseudonyms") if name in raw}
    return {**raw, **lines}


def refuse(refusal: InvalidInput) -> NoReturn:
    """The fields of a question lie one level deeper in the body than in the form."""
    if isinstance(refusal, BadQuestion):
        raise ValidationError({"question": refusal.problems}) from refusal
    if refusal.field in Question.__dataclass_fields__:
        raise InvalidInput(refusal.sentence, field=f"question.{refusal.field}") from refusal
    raise refusal


def result_of(query: Query) -> QueryResult:
    """The result, if it may be shown now. Raises TransitionRefused with the reason otherwise."""
    if sentence := results.standing_of(query):
        raise TransitionRefused(sentence)
    return query.result
