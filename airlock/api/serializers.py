"""What programs send and get."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from airlock.checks import Consequence
from airlock.forms import LONGEST
from airlock.models import ExportRequest, RequestFile
from portal.kernel.api import Instant, StrictSerializer

MOST = 1_000_000_000
TABLES = ("variants", "carriers")


class FindingSerializer(serializers.Serializer[Any]):
    """What a check found: a place, never a value."""

    file = serializers.CharField(help_text="The name of the file; empty where it is about the whole request.")
    code = serializers.CharField(help_text="Which rule spoke.")
    noticed = serializers.CharField(help_text="What was noticed, in words.")
    remedy = serializers.CharField(help_text="What helps.")
    place = serializers.CharField(help_text="Where it is.")
    count = serializers.IntegerField(help_text="How often.")
    consequence = serializers.ChoiceField(
        choices=[level.name.lower() for level in Consequence], help_text="What it means for the request."
    )
    is_open = serializers.BooleanField(help_text="Whether its author still has to explain it, on the page.")


class FileSerializer(serializers.Serializer[Any]):
    """A file of a request."""

    name = serializers.CharField(help_text="Its name.")
    group = serializers.CharField(help_text="The name of its group.")
    kind = serializers.ChoiceField(choices=RequestFile.Kind.choices, help_text="Whether it is to leave.")
    size_bytes = serializers.IntegerField(help_text="How large it is.")
    sha256 = serializers.CharField(help_text="The hash of its content, by which it is judged and released.")
    source = serializers.CharField(  # type: ignore[assignment] # a field, not Field.source
        help_text="Where it was taken from."
    )


class GroupSerializer(serializers.Serializer[Any]):
    """What is said of files that belong together."""

    name = serializers.CharField(help_text="Its name.")
    context = serializers.CharField(  # type: ignore[assignment] # a field, not Field.context
        help_text="What the files show, of whom, made how."
    )
    controls = serializers.CharField(help_text="What was done against disclosure.")
    people = serializers.IntegerField(help_text="How many people the figures are about; 0 where it is not said.")
    rounding_base = serializers.IntegerField(help_text="Counts are multiples of this; 0 where they are not rounded.")


class ExportSummarySerializer(serializers.Serializer[Any]):
    """How a request stands."""

    reference = serializers.CharField(help_text="Its permanent reference.")
    project = serializers.CharField(source="project.reference", help_text="The project.")
    title = serializers.CharField(help_text="What leaves, in a few words.")
    status = serializers.ChoiceField(choices=ExportRequest.Status.choices, help_text="Where it stands.")
    turn = serializers.IntegerField(help_text="How often it was submitted.")
    is_on_hold = serializers.BooleanField(source="is_held", help_text="Whether nothing of it moves now.")
    created_at = Instant(help_text="When it was started.")
    submitted_at = Instant(allow_null=True, help_text="When it was first submitted.")


class ExportSerializer(ExportSummarySerializer):
    """A request with its groups, files and findings."""

    can_be_changed = serializers.BooleanField(help_text="Whether it is with its author now.")
    next_step = serializers.CharField(help_text="What its author has to do next; empty where it is the airlock's turn.")
    requests_before = serializers.IntegerField(help_text="How many requests are looked at before this one.")
    usual_time = serializers.CharField(help_text="How long a first decision usually takes.")
    checked_files = serializers.IntegerField(help_text="How many files the machine has checked.")
    groups = GroupSerializer(many=True)
    files = FileSerializer(many=True)
    findings = FindingSerializer(many=True)
    page = serializers.URLField(help_text="Where its author explains findings and submits it.")


class NewExportSerializer(StrictSerializer):
    """What a request begins with."""

    project = serializers.CharField(max_length=20, help_text="The project's reference.")
    title = serializers.CharField(max_length=120, help_text="What leaves, in a few words.")


class NewGroupSerializer(StrictSerializer):
    """A group, known by its name: sent again, it is changed."""

    name = serializers.CharField(max_length=80, help_text="Its name.")
    context = serializers.CharField(  # type: ignore[assignment] # a field, not Field.context
        max_length=LONGEST, allow_blank=True, help_text="What the files show."
    )
    controls = serializers.CharField(max_length=LONGEST, allow_blank=True, help_text="What was done to protect people.")
    people = serializers.IntegerField(
        min_value=0, max_value=MOST, default=0, help_text="How many people the figures are about; 0: not said."
    )
    rounding_base = serializers.IntegerField(
        min_value=0, max_value=MOST, default=0, help_text="Counts are multiples of this; 0: not rounded."
    )


class PlaceSerializer(StrictSerializer):
    """Where a file goes."""

    group = serializers.CharField(max_length=80, help_text="The name of a group of the request.")
    kind = serializers.ChoiceField(
        choices=RequestFile.Kind.values, default=RequestFile.Kind.OUTPUT.value, help_text="Whether it is to leave."
    )


class NewResultSerializer(PlaceSerializer):
    """A table that a query found."""

    query = serializers.CharField(max_length=20, help_text="The reference of a finished query of the project.")
    table = serializers.ChoiceField(choices=TABLES, help_text="Which of its tables.")
