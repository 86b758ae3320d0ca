"""The genomes of a project and their files for programs: the same bands as on pages, in pages of rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from access_review.models import Project
from accounts.gates import reader_of
from portal.kernel.api import CURSOR_PARAMETERS, HouseView, RowPages, StrictSerializer, paged, parameters, problems
from portal.kernel.problems import NOTHING_HERE
from portal.kernel.scopes import Area
from research_env import services
from research_env.asked_by_programs import HasDataAccess
from research_env.genomes import LABELS, MONTH, genomes_for


def _one_of(name: str, said: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(list(LABELS[name]), required=False, help_text=said)


class GenomesAskedSerializer(StrictSerializer):
    """Which genomes are wanted; quality is asked for in bands."""

    person = serializers.CharField(required=False, max_length=40, help_text="A pseudonym of the project.")
    kind = _one_of("kind", "The kind of specimen.")
    material = _one_of("material", "The material.")
    tissue = _one_of("tissue", "The tissue.")
    assembly = _one_of("assembly", "The assembly that the genome was aligned to.")
    coverage = _one_of("coverage", "Reads over a base on average, in tens: 30-40 is from 30 up to 40.")
    share_at_15x = _one_of("share_at_15x", "Bases with at least 15 reads, as a percentage.")
    contamination = _one_of("contamination", "Reads that are another person's, as a percentage.")
    sex_check = _one_of("sex_check", "Whether the genome fits the sex that is recorded.")
    delivered = serializers.RegexField(MONTH, required=False, help_text="The month of delivery, such as 2026-03.")
    delivery_version = serializers.CharField(required=False, max_length=20, help_text="The version of the delivery.")
    file_kind = _one_of("file_kind", "There is a file of this kind.")


class GenomeFileSerializer(serializers.Serializer[Any]):
    """A file of a genome."""

    name = serializers.CharField(help_text="What the project calls it; it is called otherwise where it lies.")
    kind = serializers.CharField(help_text="vcf, gvcf, bam or cram.")
    size_about_bytes = serializers.IntegerField(help_text="Its size to one figure.")


class GenomeSerializer(serializers.Serializer[Any]):
    """A specimen and the genome read from it; empty texts where nothing is known."""

    pseudonym = serializers.CharField(help_text="The project's own pseudonym of the person.")
    specimen = serializers.CharField(source="name", help_text="The pseudonym, the kind and a number.")
    kind = serializers.CharField(help_text="germline, tumour or omics.")
    material = serializers.CharField(help_text="dna, rna, plasma, serum or other.")
    tissue = serializers.CharField(help_text="Where it was taken from.")
    assembly = serializers.CharField(help_text="The assembly; empty where no genome was read.")
    coverage = serializers.CharField(help_text="Reads over a base on average, in tens: 30-40.")
    share_at_15x = serializers.CharField(help_text="Bases with at least 15 reads: 0-90, 90-95 or 95-100 per cent.")
    contamination = serializers.CharField(help_text="Another person's reads: 0-1, 1-3 or 3-100 per cent.")
    sex_check = serializers.CharField(help_text="fits, differs or unclear.")
    delivered = serializers.CharField(help_text="The month of delivery, 2026-03.")
    delivery_version = serializers.CharField(help_text="The version of the delivery.")
    files = GenomeFileSerializer(many=True, help_text="The files that there are.")


GENOME = {
    "pseudonym": "7KQ2M-4XD9P-3TW8",
    "specimen": "7KQ2M-4XD9P-3TW8-tumour-1",
    "kind": "tumour",
    "material": "dna",
    "tissue": "frozen",
    "assembly": "GRCh38",
    "coverage": "90-100",
    "share_at_15x": "95-100",
    "contamination": "0-1",
    "sex_check": "fits",
    "delivered": "2026-03",
    "delivery_version": "V4",
    "files": [{"name": "7KQ2M-4XD9P-3TW8-tumour-1.vcf.gz", "kind": "vcf", "size_about_bytes": 3_000_000}],
}


class ProjectGenomes(HouseView):
    """Genomes of one release."""

    area = Area.ROWS
    permission_classes = [IsAuthenticated, HasDataAccess]

    @extend_schema(
        operation_id="projects_genomes",
        summary="Read the list of genomes of a project",
        description=(
            "Specimens of people who consent now and are in the project's datasets, with their genomes and files, in "
            "the order of its pseudonyms. Quality is in bands. Reading them is recorded in the audit log."
        ),
        tags=["Clinical tables"],
        parameters=[
            OpenApiParameter("reference", str, OpenApiParameter.PATH, description="The project, PRJ-2026-0001."),
            OpenApiParameter("release", str, OpenApiParameter.PATH, description="Such as v2026-09-demo."),
            GenomesAskedSerializer,
            *CURSOR_PARAMETERS,
        ],
        responses={
            200: paged(GenomeSerializer, with_total=True),
            **problems("invalid", "not_authenticated", "not_allowed", "not_found"),
        },
        examples=[
            OpenApiExample(
                "Genomes", value={"next": None, "previous": None, "total": 1, "results": [GENOME]}, response_only=True
            )
        ],
    )
    def get(self, request: Request, reference: str, release: str) -> Response:
        """One page of genomes."""
        pages, asked = RowPages(request), parameters(request, GenomesAskedSerializer)
        actor = reader_of(request)
        project = Project.objects.visible_to(actor).filter(reference=reference).first()
        found = genomes_for(project).releases().filter(reference=release).first() if project else None
        if project is None or found is None:
            raise NotFound(NOTHING_HERE)
        rows = services.hand_over_genomes(actor=actor, project=project, release=found, asked=asked, file_format="json")
        return pages.response(rows, lambda page: GenomeSerializer(page, many=True).data)
