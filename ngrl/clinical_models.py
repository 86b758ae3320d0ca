"""The clinical tables of a release: its dictionary, who is enrolled in which dataset, and the cells that are searched.

The whole tables lie as Parquet in storage; here are the dictionary and the typed, indexed cells by the inner id of the
person. Everything is written once with its edition, and the database refuses any change after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class ClinicalEdition(models.Model):
    """That a release has clinical tables: loaded once, whole, from content known by its digest."""

    release = models.OneToOneField("ngrl.Release", on_delete=models.PROTECT, related_name="clinical")
    content_sha256 = models.CharField(max_length=64)
    folder = models.CharField(max_length=200, help_text="Where its Parquet files lie in storage")
    row_count = models.PositiveBigIntegerField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Clinical tables of {self.release_id}"


class Enrolment(models.Model):
    """That a person's data are part of a release, and in which dataset they were consented to."""

    release = models.ForeignKey("ngrl.Release", on_delete=models.PROTECT, related_name="enrolments")
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.PROTECT, related_name="enrolments")
    dataset = models.ForeignKey("ngrl.Dataset", on_delete=models.PROTECT, related_name="enrolments")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "participant"], name="one_enrolment_per_person_and_release"),
        ]
        # Who is in scope is read from the index alone.
        indexes = [models.Index(fields=["release", "dataset", "participant"], name="enrolment_by_scope")]

    def __str__(self) -> str:
        return f"Enrolled in {self.dataset_id}"


class DictionaryTableQuerySet(models.QuerySet["DictionaryTable"]):
    def visible_to(self, actor: Any) -> DictionaryTableQuerySet:
        """Names and descriptions are public with the release; what else a page shows asks its own policy."""
        return self.filter(edition__release__published_at__isnull=False)


class DictionaryTable(models.Model):
    """One clinical table as the dictionary declares it."""

    edition = models.ForeignKey(ClinicalEdition, on_delete=models.PROTECT, related_name="tables")
    position = models.PositiveSmallIntegerField()
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    group = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=200, blank=True)
    first_release = models.CharField(max_length=60, blank=True)
    last_release = models.CharField(max_length=60, blank=True)
    notes = models.TextField(blank=True)
    row_count = models.PositiveBigIntegerField()

    objects = DictionaryTableQuerySet.as_manager()

    class Meta:
        ordering = ("edition", "position")
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="one_table_per_name")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ngrl:dictionary-table", args=[self.edition.release.reference, self.name])


class DictionaryColumn(models.Model):
    """One column of a table: what it means, in which unit or codes, and whether the portal can search it."""

    class Type(models.TextChoices):
        CODE = "code", "Code"
        TEXT = "text", "Text"
        INTEGER = "integer", "Whole number"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        BOOLEAN = "boolean", "Yes or no"

    class Meaning(models.TextChoices):
        AGE = "age", "Age in years"
        PHENOTYPE = "phenotype", "Phenotype"
        DIAGNOSIS = "diagnosis", "Diagnosis"
        STAGE = "stage", "Stage of a tumour"
        EVENT_DATE = "event_date", "Date of the event"

    table = models.ForeignKey(DictionaryTable, on_delete=models.PROTECT, related_name="columns")
    position = models.PositiveSmallIntegerField()
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    type = models.CharField(max_length=8, choices=Type.choices)
    unit = models.CharField(max_length=40, blank=True)
    description = models.TextField(blank=True)
    code_system = models.CharField(max_length=40, blank=True)
    codes = models.JSONField(default=dict, help_text="Words by code: the whole list where it is closed")
    is_closed_list = models.BooleanField(default=False)
    is_required = models.BooleanField(default=False)
    meaning = models.CharField(max_length=12, choices=Meaning.choices, blank=True)
    first_release = models.CharField(max_length=60, blank=True)
    last_release = models.CharField(max_length=60, blank=True)
    notes = models.TextField(blank=True)
    broken_count = models.PositiveBigIntegerField(
        default=0, help_text="Cells the source had spoilt; they are empty here"
    )

    class Meta:
        ordering = ("table", "position")
        constraints = [models.UniqueConstraint(fields=["table", "name"], name="one_column_per_name")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_searchable(self) -> bool:
        """Whether its cells are in the database; free text is in the Parquet files alone."""
        return self.type != self.Type.TEXT


class ClinicalFact(models.Model):
    """One cell: what a column says of a person in one row. `is_present` is false where the row says "absent"."""

    # Cells lie in a table for each edition, and are checked together when the edition is whole (`ngrl_end_cells`).
    column = models.ForeignKey(
        DictionaryColumn, on_delete=models.PROTECT, related_name="facts", db_index=False, db_constraint=False
    )
    participant = models.ForeignKey(
        "ngrl.Participant", on_delete=models.PROTECT, related_name="facts", db_index=False, db_constraint=False
    )
    row = models.PositiveBigIntegerField(help_text="Row of the table, from 0; never shown")
    code = models.CharField(max_length=60, blank=True)
    number = models.FloatField(null=True)
    day = models.DateField(null=True)
    is_present = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["column", "code", "is_present", "participant"], name="fact_by_code"),
            models.Index(
                fields=["column", "number", "participant"], name="fact_by_number", condition=Q(number__isnull=False)
            ),
            models.Index(fields=["column", "day", "participant"], name="fact_by_day", condition=Q(day__isnull=False)),
            models.Index(fields=["participant", "column"], name="fact_by_person"),
        ]

    def __str__(self) -> str:
        return "A cell"


class FactInScope(models.Model):
    """A cell as readers see it: a view shows what may be read by the project for which the connection works.

    Of people who consent, in datasets that are granted; `ngrl.selectors.read_cells_for` says for whom. The web role may
    not read the table behind it (ADR 71).
    """

    column = models.ForeignKey(DictionaryColumn, on_delete=models.DO_NOTHING, related_name="+")
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.DO_NOTHING, related_name="+")
    row = models.PositiveBigIntegerField()
    code = models.CharField(max_length=60, blank=True)
    number = models.FloatField(null=True)
    day = models.DateField(null=True)
    is_present = models.BooleanField()

    class Meta:
        managed = False
        db_table = "ngrl_fact_in_scope"

    def __str__(self) -> str:
        return "A cell"


class Bits(_Text):
    """A bit for each place of an edition, from 0 on the left. Made and read in the database alone."""

    def db_type(self, connection: Any) -> str:
        """As long as it takes."""
        return "bit varying"


class Place(models.Model):
    """Which bit of an edition's marks stands for a person who is enrolled."""

    edition = models.ForeignKey(ClinicalEdition, on_delete=models.PROTECT, related_name="places", db_index=False)
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveIntegerField(help_text="From 0, without gaps")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "place"], name="one_person_per_place")]
        indexes = [models.Index(fields=["edition", "participant"], name="place_by_person", include=["place"])]

    def __str__(self) -> str:
        return "A place"


class DatasetMark(models.Model):
    """The people of an edition who are in a dataset."""

    edition = models.ForeignKey(ClinicalEdition, on_delete=models.PROTECT, related_name="+", db_index=False)
    dataset = models.ForeignKey("ngrl.Dataset", on_delete=models.PROTECT, related_name="+", db_index=False)
    people = Bits()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "dataset"], name="one_mark_per_dataset")]

    def __str__(self) -> str:
        return "The people of a dataset"


class Mark(models.Model):
    """The people of whom a column says a code, or a number or a day from `low` to `high` (days since 1970-01-01).

    Made with the edition (`ngrl_make_marks`), of everybody. The web role may not read it, and gets what its scope
    allows through two functions (ADR 76).
    """

    column = models.ForeignKey(DictionaryColumn, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=60, blank=True, db_collation="C")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    is_present = models.BooleanField()
    people = Bits()

    class Meta:
        indexes = [models.Index(fields=["column", "code"], name="mark_by_code")]

    def __str__(self) -> str:
        return "The people of a cell"


class PublicFigure(models.Model):
    """What everybody may read of one column, or without a column of who is enrolled by programme, as text.

    Made once, when the release and its tables are both there; never exact, and never made anew when somebody withdraws.
    """

    edition = models.ForeignKey(ClinicalEdition, on_delete=models.PROTECT, related_name="figures")
    column = models.OneToOneField(DictionaryColumn, null=True, on_delete=models.PROTECT, related_name="figure")
    head = models.CharField(max_length=200, help_text="What the categories are")
    people = models.CharField(max_length=20, help_text="Of whom the column says something")
    cells = models.JSONField(help_text="Pairs of category and number, as text")
    threshold = models.PositiveSmallIntegerField(help_text="The strictest dataset's; numbers are its multiples")
    is_partition = models.BooleanField(help_text="Whether nobody is in two categories")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition"], condition=Q(column=None), name="one_figure_of_programmes_per_edition"
            ),
        ]

    def __str__(self) -> str:
        return self.head
