"""Applications for programs of the team: start one, save its sections, answer questions, submit, see how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from access_review import services
from access_review.committee import current_version
from access_review.models import Application, SectionAnswer
from access_review.sections import BY_SLUG, SECTIONS, Field, missing
from accounts.gates import reader_of
from accounts.models import Domain
from ngrl.models import Dataset
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, Instant, StrictSerializer, page_of, paged
from portal.kernel.api import problems as refusals
from portal.kernel.idempotency import create_once
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import Area

LONGEST = 20_000
SIGNED_IN = ("not_authenticated", "not_found")
REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH, description="Such as ARC-2026-0001.")
_SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="A section's name, such as summary.")


class SectionSerializer(serializers.Serializer[Any]):
    """One section as it stands."""

    section = serializers.CharField(help_text="Its name.")
    title = serializers.CharField(help_text="What the page calls it.")
    revision = serializers.IntegerField(help_text="Send it back when you save; 0 before the first time.")
    values = serializers.DictField(help_text="The answers by field.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="What keeps it from being complete.")


class CommitteeQuestionSerializer(serializers.Serializer[Any]):
    """A question of the committee."""

    id = serializers.IntegerField(help_text="Its number, to be given with the answer.")
    text = serializers.CharField(help_text="What the committee asks.")
    answer = serializers.CharField(help_text="Your answer; empty until you gave one.")


class ApplicationSummarySerializer(serializers.Serializer[Any]):
    """How an application stands."""

    reference = serializers.CharField(help_text="Its permanent reference.")
    title = serializers.CharField(help_text="Its title; empty until the summary is written.")
    status = serializers.ChoiceField(choices=Application.Status.choices, help_text="Where it stands.")
    submitted_at = Instant(allow_null=True, help_text="When it was sent last.")
    due_at = Instant(allow_null=True, help_text="By when the committee acts; null while it is not its turn.")
    lapses_at = Instant(allow_null=True, help_text="Until when it is kept if nobody goes on with it.")


class ApplicationSerializer(ApplicationSummarySerializer):
    """An application with its sections and the committee's questions."""

    can_be_changed = serializers.BooleanField(help_text="Whether the team can save its sections now.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="What keeps it from being submitted.")
    sections = SectionSerializer(many=True)
    questions = CommitteeQuestionSerializer(many=True)


class NewApplicationSerializer(StrictSerializer):
    """What an application begins with."""

    community = serializers.SlugField(required=False, help_text="The short name of the research community.")


class SavedSectionSerializer(StrictSerializer):
    """What is saved in a section."""

    revision = serializers.IntegerField(min_value=0, max_value=1_000_000, help_text="The one that you read last.")
    values = serializers.DictField(help_text="Answers by field; a field that is left out is emptied.")


class AnswerSerializer(StrictSerializer):
    """An answer to one question."""

    id = serializers.IntegerField(min_value=1, max_value=2**62, help_text="The question's number.")
    answer = serializers.CharField(max_length=LONGEST, allow_blank=True, help_text="Your answer.")


class AnswersSerializer(StrictSerializer):
    """Answers to the committee's questions."""

    answers = AnswerSerializer(many=True)


SUMMARY = {
    "reference": "ARC-2026-0001",
    "title": "Rare changes of the ear",
    "status": "draft",
    "submitted_at": None,
    "due_at": None,
    "lapses_at": "2027-03-27T14:05:09Z",
}
SECTION = {
    "section": "funding",
    "title": "Funding",
    "revision": 2,
    "values": {"funders": "A charity for people with rare diseases."},
    "missing": [],
}
APPLICATION = {**SUMMARY, "can_be_changed": True, "missing": [], "sections": [SECTION], "questions": []}


def own(request: Request, reference: str) -> Application:
    """An application of the asker's team, or 404."""
    found = Application.objects.of_team(request.user).select_related("lead", "domain").filter(reference=reference)
    application = found.first()
    if application is None:
        raise NotFound
    return application


def _section(slug: str, held: SectionAnswer | None) -> dict[str, Any]:
    values = held.values if held else {}
    about = BY_SLUG[slug]
    return {
        "section": slug,
        "title": about.title,
        "revision": held.revision if held else 0,
        "values": values,
        "missing": missing(about, values),
    }


def _whole(application: Application) -> dict[str, Any]:
    held = {answer.section: answer for answer in application.answers.all()}
    version = current_version(application)
    asked = list(version.questions.all()) if version else []
    return ApplicationSummarySerializer(application).data | {
        "can_be_changed": application.is_writable,
        "missing": services.still_missing(application) if application.is_writable else [],
        "sections": [_section(section.slug, held.get(section.slug)) for section in SECTIONS],
        "questions": CommitteeQuestionSerializer(asked, many=True).data,
    }


def answer(request: Request, reference: str, status: int = 200) -> Response:
    """The whole application as it stands now."""
    return Response(_whole(own(request, reference)), status=status)


class ApplicationCollection(HouseView):
    """One's own applications, and new ones."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_list",
        summary="List your applications",
        description="Those that you lead, and those in whose team you are, the newest first.",
        tags=["Applications"],
        parameters=CURSOR_PARAMETERS,
        responses={200: paged(ApplicationSummarySerializer), **refusals("not_authenticated", "invalid")},
        examples=[
            OpenApiExample(
                "Applications", value={"next": None, "previous": None, "results": [SUMMARY]}, response_only=True
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """One page of applications."""
        mine = Application.objects.of_team(request.user)
        return page_of(request, mine, "-pk", lambda page: ApplicationSummarySerializer(page, many=True).data)

    @extend_schema(
        operation_id="applications_create",
        summary="Start an application",
        description="An empty draft that you lead. Fill in its sections, then submit it.",
        tags=["Applications"],
        request=NewApplicationSerializer,
        responses={
            200: ApplicationSerializer,
            201: ApplicationSerializer,
            **refusals("not_authenticated", "not_allowed", "invalid", "malformed", "idempotency_mismatch"),
        },
        examples=[
            OpenApiExample("In a community", value={"community": "variant-discovery"}, request_only=True),
            OpenApiExample("The draft", value=APPLICATION, response_only=True, status_codes=["200", "201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Start one."""
        body = NewApplicationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        domain = None
        if slug := body.validated_data.get("community"):
            domain = Domain.objects.filter(slug=slug, is_open=True).first()
            if domain is None:
                raise InvalidInput("There is no open community of this name.", field="community")
        actor = reader_of(request)
        made = create_once(request, lambda: services.start_application(actor=actor, domain=domain).reference)
        location = reverse("api-v1:application-detail", args=[made.reference], request=request)
        return made.told(answer(request, made.reference, made.status), location)


class ApplicationItem(HouseView):
    """One application."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_read",
        summary="Read an application",
        description="How it stands, its sections, what is missing, and what the committee asks.",
        tags=["Applications"],
        parameters=[REFERENCE],
        responses={200: ApplicationSerializer, **refusals(*SIGNED_IN)},
        examples=[OpenApiExample("An application", value=APPLICATION, response_only=True)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """The application."""
        return answer(request, reference)


class ApplicationSection(HouseView):
    """One section of an application."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_save_section",
        summary="Save a section",
        description="Saved however incomplete. When somebody saved it since your revision, the answer is a 409.",
        tags=["Applications"],
        parameters=[REFERENCE, _SLUG],
        request=SavedSectionSerializer,
        responses={
            200: SectionSerializer,
            **refusals(*SIGNED_IN, "not_allowed", "invalid", "malformed", "wrong_state"),
        },
        examples=[
            OpenApiExample("Funding", value={"revision": 1, "values": {"funders": "A charity."}}, request_only=True),
            OpenApiExample("The section", value=SECTION, response_only=True),
        ],
    )
    def post(self, request: Request, reference: str, slug: str) -> Response:
        """Save it."""
        application = own(request, reference)
        if slug not in BY_SLUG:
            raise NotFound
        body = SavedSectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        saved = services.save_section(
            actor=reader_of(request),
            application=application,
            section=slug,
            values=_checked(slug, body.validated_data["values"]),
            revision=body.validated_data["revision"],
        )
        return Response(_section(slug, saved))


class ApplicationAnswers(HouseView):
    """Answers to the committee's questions."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_answer",
        summary="Answer questions",
        description="Keep answers to the questions of the committee. Then submit the application again.",
        tags=["Applications"],
        parameters=[REFERENCE],
        request=AnswersSerializer,
        responses={
            200: ApplicationSerializer,
            **refusals(*SIGNED_IN, "not_allowed", "invalid", "malformed", "wrong_state"),
        },
        examples=[
            OpenApiExample("One answer", value={"answers": [{"id": 7, "answer": "Forty."}]}, request_only=True),
            OpenApiExample("The application", value=APPLICATION, response_only=True),
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Keep them."""
        application = own(request, reference)
        body = AnswersSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = {each["id"]: each["answer"] for each in body.validated_data["answers"]}
        version = current_version(application)
        asked = set(version.questions.values_list("pk", flat=True)) if version else set()
        if unknown := set(given) - asked:
            raise InvalidInput(f"There is no question {min(unknown)} now.", field="answers")
        services.answer_questions(actor=reader_of(request), application=application, answers=given)
        return answer(request, reference)


class ApplicationSubmit(HouseView):
    """Send an application to the committee."""

    area = Area.APPLICATIONS

    @extend_schema(
        operation_id="applications_submit",
        summary="Submit an application",
        description="Freezes what is written as the next version and sends it. The lead declares that it is true.",
        tags=["Applications"],
        parameters=[REFERENCE],
        request=None,
        responses={200: ApplicationSerializer, **refusals(*SIGNED_IN, "not_allowed", "invalid", "wrong_state")},
        examples=[OpenApiExample("Submitted", value={**APPLICATION, "status": "submitted"}, response_only=True)],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Submit it."""
        try:
            services.submit_application(actor=reader_of(request), application=own(request, reference))
        except InvalidInput as refusal:  # a list of what is missing, a line each
            raise InvalidInput(". ".join(refusal.sentence.split("\n")) + ".") from refusal
        return answer(request, reference)


def _checked(slug: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a section, each of the kind that its field asks for. InvalidInput names the first that is not."""
    fields = {field.name: field for field in BY_SLUG[slug].fields}
    if unknown := sorted(set(given) - set(fields)):
        raise InvalidInput("There is no such field. Check how it is spelt.", field=f"values.{unknown[0][:100]}")
    for name, value in given.items():
        if sentence := _unfit(fields[name], value):
            raise InvalidInput(sentence, field=f"values.{name}")
    nothing: dict[str, Any] = {"datasets": [], "reasons": {}}
    return {name: value or nothing.get(fields[name].kind, "") for name, value in given.items()}


def _unfit_reasons(value: Any) -> str | None:
    known = set(Dataset.objects.values_list("slug", flat=True))
    if not isinstance(value, dict) or not known.issuperset(value):
        return "Give a text for each dataset, by the dataset's name."
    is_text = all(isinstance(each, str) and len(each) <= LONGEST and "\0" not in each for each in value.values())
    return None if is_text else f"Give texts of at most {LONGEST:,} characters."


def _unfit(field: Field, value: Any) -> str | None:
    if value in ("", None, [], {}):
        return None
    if field.kind == "reasons":
        return _unfit_reasons(value)
    if field.kind == "datasets":
        known = set(Dataset.objects.values_list("slug", flat=True))
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return None if is_list and known.issuperset(value) else "Give a list of names of datasets."
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        return f"Give a text of at most {LONGEST:,} characters."
    choices = ["yes", "no"] if field.kind == "yes_no" else [key for key, _ in field.choices]
    if field.kind in ("yes_no", "choice") and value not in choices:
        return f"Give one of: {', '.join(choices)}."
    return None
