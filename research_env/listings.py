"""The lists and tables of this app, as data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from access_review.models import Project, ProjectMember
from ngrl.models import DictionaryTable
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing, Table, table
from research_env.charts import kind_of
from research_env.engine import FISHER
from research_env.filters import NORMAL_WORDS, CarrierFilter, QueryFilter, TumourCarrierFilter, VariantFilter
from research_env.models import Query
from research_env.tables import ROW, SEVERITY, carriers_narrowed, variants_narrowed

# The words of the house's tags for the states of queries.
STATUS_TONES = {
    "planned": "waiting",
    "queued": "waiting",
    "running": "active",
    "finished": "good",
    "failed": "bad",
    "cancelled": "neutral",
    "withheld": "warning",
}
_ENDS_SOON_DAYS = 60
_LONGEST_ALLELE = 14


def frequency(value: float | None) -> str | None:
    """A frequency with three figures and without an exponent: 0.00042."""
    if value is None:
        return None
    if value == 0:
        return "0"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def size(number: int) -> str:
    """Bytes as people read them: 3.4 MB."""
    amount, units = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:,.0f} {units[0]}" if units[0] in ("bytes", "kB") or amount >= 100 else f"{amount:,.1f} {units[0]}"


def effect_words(consequence: str | None) -> str | None:
    """A Sequence Ontology term in words: "missense", "splice donor"."""
    return consequence.replace("_", " ").removesuffix(" variant") if consequence else None


def variant_name(row: Mapping[str, Any]) -> str:
    """A variant as tables print it; long alleles are shortened, their length is given."""
    alleles = [
        text if len(text) <= _LONGEST_ALLELE else f"{text[:6]}…({len(text):,} bases)"
        for text in (row["ref"], row["alt"])
    ]
    return "-".join([row["contig"], str(row["position_1based"]), *alleles])


def below_heading(caption: str, columns: Sequence[Column], rows: Iterable[Any]) -> Table:
    """A table under a heading that says the same as its caption, which only screen readers need then."""
    return replace(table(caption, columns, rows), shows_caption=False)


def status_cell(query: Query) -> Cell:
    """A query's status as a tag."""
    return Cell(query.get_status_display(), tone=STATUS_TONES[query.status])


def queries_narrowed(queries: QuerySet[Query], chosen: Mapping[str, Any]) -> QuerySet[Query]:
    """The queries that the filters of their list ask for."""
    if text := chosen.get("text"):
        queries = queries.filter(Q(name__icontains=text) | Q(reference__icontains=text))
    if status := chosen.get("status"):
        queries = queries.filter(status=status)
    if author := chosen.get("author"):
        queries = queries.filter(author__display_name=author)
    return queries


def _query_name(query: Query) -> Cell:
    return Cell(query.name, url=query.get_absolute_url(), note=query.reference)


_QUERY_COLUMNS = (
    Column("Query", _query_name, sort="name", order_by=("name",), is_key=True),
    Column("Status", status_cell, sort="status"),
    Column("Author", "author.display_name", sort="author", order_by=("author__display_name",)),
    Column("Release", "release.reference", sort="release", order_by=("release__published_at",)),
    Column("Asked", "created_at", sort="asked", order_by=("created_at",)),
)
QUERIES = Listing(
    caption="Queries of this project",
    noun=("query", "queries"),
    columns=_QUERY_COLUMNS,
    default_sort="-asked",
    empty=Empty(
        "No queries yet",
        "Your queries appear here, and those that colleagues share with you. A lead of the project sees all of them.",
    ),
    filters=QueryFilter,
    narrow=queries_narrowed,
    page_size=25,
)


def recent_table(queries: Iterable[Query], *, of_one_project: bool) -> Table:
    """The latest queries; in which project each was asked only where there are several."""
    project = Column("Project", lambda query: Cell(query.project.title, url=query.project.get_absolute_url()))
    columns = (
        Column("Query", _query_name, is_key=True),
        Column("Status", status_cell),
        *([Column("Release", "release.reference")] if of_one_project else [project]),
        Column("Author", "author.display_name"),
        Column("Asked", "created_at"),
    )
    return below_heading("Recent queries", columns, queries)


def _term_end(project: Project) -> Cell:
    days = (project.ends_at - clock.now()).days
    note = f"in {days} days" if days > 1 else "today or tomorrow"
    return Cell(f"{project.ends_at:%-d %B %Y}", note=note if days <= _ENDS_SOON_DAYS else "")


def project_table(projects: Sequence[Any], datasets: Mapping[int, Sequence[str]]) -> Table:
    """The projects that somebody works in, with a way straight to a new query."""

    def ask(project: Any) -> Cell:
        return Cell("New query", url=reverse("research_env:query-create", args=[project.reference]))

    columns = (
        Column("Project", lambda each: Cell(each.title, url=each.get_absolute_url(), note=each.reference), is_key=True),
        Column("Status", lambda each: Cell(each.get_status_display(), tone="good")),
        Column("Your part", lambda each: ProjectMember.Role(each.role).label),
        Column("Members", "people", align="right"),
        Column("Datasets", lambda each: ", ".join(datasets.get(each.pk, ()))),
        Column("Ends", _term_end),
        *([Column("Ask", ask)] if len(projects) > 1 else []),  # with one project the page has a button
    )
    return below_heading("Your projects", columns, projects)


def release_table(releases: Iterable[Any], project: Project) -> Table:
    """The releases that a project can read."""

    def ask(release: Any) -> Cell:
        address = reverse("research_env:query-create", args=[project.reference])
        return Cell("Ask in this release", url=f"{address}?release={release.reference}")

    columns = (
        Column("Release", lambda each: Cell(each.name, note=each.reference), is_key=True),
        Column("Assembly", "basis"),
        Column("Readable genomes", "people", align="right"),
        Column("Published", lambda each: each.published_at.date()),
        Column("Ask", ask),
    )
    return below_heading("Releases this project can read", columns, releases)


def member_table(members: Iterable[ProjectMember]) -> Table:
    """Who works in a project."""
    columns = (
        Column("Member", "person.display_name", is_key=True),
        Column("Part", "get_role_display"),
        Column("Since", lambda each: each.starts_at.date()),
    )
    return below_heading("Members", columns, members)


def top_table(query: Query, rows: Iterable[Mapping[str, Any]]) -> Table:
    """The few variants of a result's first page, with the columns that tell most."""
    columns = [each for each in variant_columns(query) if each.label not in ("Allele number", "Only copy", "One copy")]
    plain = [replace(each, sort="") for each in columns]
    return below_heading("Variants with the strongest predicted effect", plain, rows)


def effect_cell(row: Mapping[str, Any]) -> Cell:
    """The effect of a variant in words, with its change of the protein."""
    protein = row.get("hgvs_protein") or row.get("hgvs_coding") or ""
    return Cell(effect_words(row["consequence"]) or "–", note=str(protein).split(":")[-1][:40])


def variant_columns(query: Query) -> tuple[Column, ...]:
    """The columns of the variants of one query."""

    def name(row: Mapping[str, Any]) -> Cell:
        url = reverse("research_env:query-variant", args=[query.reference, row["variant_id"]])
        return Cell(variant_name(row), url=url, note=row["rsid"] or "")

    def count(label: str, column: str, sort: str = "", unit: str = "") -> Column:
        return Column(label, column, sort=sort, order_by=(column,), align="right", unit=unit)

    return (
        Column("Variant", name, sort="position", order_by=(ROW,), is_key=True),
        Column("Gene", "gene_symbol", sort="gene", order_by=("gene_symbol",)),
        Column("Effect", effect_cell, sort="effect", order_by=(SEVERITY,)),
        count("Carriers", "carrier_count", "carriers", "people"),
        count("One copy", "het_count"),
        count("Two copies", "hom_count", "hom"),
        count("Only copy", "hemi_count"),
        count("Allele count", "allele_count", "count"),
        count("Allele number", "allele_number"),
        Column(
            "Frequency",
            lambda row: frequency(row["allele_frequency"]),
            sort="frequency",
            order_by=("allele_frequency",),
            align="right",
            unit="cohort",
        ),
        Column(
            "Frequency",
            lambda row: frequency(row["population_allele_frequency"]),
            sort="everybody",
            order_by=("population_allele_frequency",),
            align="right",
            unit="everybody",
        ),
    )


def variants_listing(query: Query) -> Listing:
    """The variants that a query found, as a list page."""
    return Listing(
        caption="Variants found",
        noun=("variant", "variants"),
        columns=variant_columns(query),
        default_sort="position",
        empty=Empty("No variants were found", "Nothing in these genes or regions passed the filters."),
        filters=VariantFilter,
        narrow=variants_narrowed,
        tie_breaker=ROW,
    )


def carrier_columns(query: Query, *, names_variant: bool = True) -> tuple[Column, ...]:
    """The columns of the carriers of one query; without the variant where the page is about one."""
    address = reverse("research_env:query-carriers", args=[query.reference])

    def person(row: Mapping[str, Any]) -> Cell:
        return Cell(row["pseudonym"], url=f"{address}?person={row['pseudonym']}")

    def variant(row: Mapping[str, Any]) -> Cell:
        url = reverse("research_env:query-variant", args=[query.reference, row["variant_id"]])
        return Cell(variant_name(row), url=url)

    about_variant = (
        Column("Variant", variant, sort="position", order_by=(ROW,), is_key=True),
        Column("Gene", "gene_symbol"),
        Column("Effect", effect_cell),
    )
    of_tumours = (
        Column("Of the reads", allele_fraction, align="right", unit="%"),
        Column("In the normal", normal_words, sort="normal", order_by=("normal",)),
    )
    return (
        Column("Person", person, sort="person", order_by=("pseudonym",), is_key=True),
        *(about_variant if names_variant else ()),
        Column("Copies", copies_words, sort="copies", order_by=("zygosity",)),
        Column("Depth", "depth", sort="depth", align="right", unit="reads"),
        Column("With the allele", "alt_depth", sort="alt", order_by=("alt_depth",), align="right", unit="reads"),
        Column("Genotype quality", "genotype_quality", sort="quality", order_by=("genotype_quality",), align="right"),
        *(of_tumours if query.release.is_somatic else ()),
    )


def allele_fraction(row: Mapping[str, Any]) -> str | None:
    """The part of the reads that have the allele, in percent."""
    depth, alt_depth = row["depth"], row["alt_depth"]
    if not depth or alt_depth is None:
        return None
    percent = 100 * alt_depth / depth
    return f"{percent:.0f}" if percent >= 10 else f"{percent:.1f}"


def normal_words(row: Mapping[str, Any]) -> str:
    """What the normal of a tumour has."""
    return dict(NORMAL_WORDS)[row["normal"]]


_COPIES = {"het": "One", "hom": "Two", "hemi": "The only one"}


def copies_words(row: Mapping[str, Any]) -> str:
    """How many copies somebody carries."""
    return _COPIES[row["zygosity"]] + (", phased" if row["phased"] and row["zygosity"] == "het" else "")


def carriers_listing(query: Query) -> Listing:
    """The carriers that a query found, as a list page: one row for each person and variant."""
    return Listing(
        caption="People who carry a variant",
        noun=("row of person and variant", "rows of person and variant"),
        columns=carrier_columns(query),
        default_sort="position",
        empty=Empty("Nobody carries a variant", "No variant that passed the filters is carried in this cohort."),
        filters=TumourCarrierFilter if query.release.is_somatic else CarrierFilter,
        narrow=carriers_narrowed,
        tie_breaker=ROW,
    )


def variant_carriers_listing(query: Query) -> Listing:
    """The carriers of one variant, as a list."""
    return Listing(
        caption="People who carry this variant",
        noun=("person", "people"),
        columns=carrier_columns(query, names_variant=False),
        default_sort="person",
        empty=Empty("Nobody in the cohort carries this variant"),
        tie_breaker=ROW,
    )


def clinical_table(tables: Iterable[DictionaryTable], project: Project) -> Table:
    """The clinical tables of one release that a project can take as files."""

    def file(each: DictionaryTable) -> Cell:
        place = [project.reference, each.edition.release.reference, each.name]
        return Cell(f"{each.name}.parquet", url=reverse("research_env:project-rows", args=place))

    columns = (
        Column("Table", lambda each: Cell(each.title, url=each.get_absolute_url(), note=each.group), is_key=True),
        Column("What it holds", "description"),
        Column("File", file),
    )
    return below_heading("Clinical tables", columns, tables)


def lollipop_table(query: Query, rows: Iterable[Mapping[str, Any]]) -> Table:
    """The numbers behind the picture of a gene."""

    def name(row: Mapping[str, Any]) -> Cell:
        return Cell(
            variant_name(row), url=reverse("research_env:query-variant", args=[query.reference, row["variant_id"]])
        )

    columns = (
        Column("Variant", name, is_key=True),
        Column("Kind", lambda row: kind_of(row["consequence"]).label),
        Column("Effect", effect_cell),
        Column("Carriers", "carrier_count", align="right", unit="people"),
    )
    return table("The variants of the picture", columns, rows)


def spectrum_table(bins: Iterable[tuple[str, int]]) -> Table:
    """The numbers behind the frequency spectrum."""
    columns = (
        Column("Frequency among everybody", lambda each: each[0], is_key=True),
        Column("Variants", lambda each: each[1], align="right"),
    )
    return table("Variants by frequency", columns, bins)


def _p_value(value: float | None) -> str | None:
    return None if value is None else f"{value:.2g}"


def burden_table(rows: Iterable[Mapping[str, Any]], test: str) -> Table:
    """Genes by p-value: carriers in both groups, and the test that was asked for."""
    column, name = ("fisher_p", "p, Fisher") if test == FISHER else ("regression_p", "p, regression")

    def odds(row: Mapping[str, Any]) -> Cell:
        if row["odds_ratio"] is None:
            return Cell("–")
        low, high = row["odds_ratio_low"], row["odds_ratio_high"]
        return Cell(f"{row['odds_ratio']:.3g}", note="" if low is None else f"{low:.3g} to {high:.3g}")

    columns = (
        Column("Gene", lambda row: Cell(row["gene_symbol"], note=row["contig"]), is_key=True),
        Column("Variants", "variant_count", align="right"),
        Column("Cases", "case_carriers", align="right", unit="carriers"),
        Column("Controls", "control_carriers", align="right", unit="carriers"),
        Column("Odds ratio", odds, align="right", unit="95%"),
        Column(name, lambda row: _p_value(row[column]), align="right"),
        Column("Bonferroni", lambda row: _p_value(row["bonferroni_p"]), align="right"),
        Column("False discovery rate", lambda row: _p_value(row["fdr_q"]), align="right"),
    )
    return table("Genes, smallest p-value first", columns, rows)


COHORTS = (
    Column("Cohort", lambda each: Cell(each.name, url=each.get_absolute_url(), note=each.reference), is_key=True),
    Column("Release", "release.name"),
    Column("Saved by", "author.display_name"),
    Column("Saved", lambda each: timezone.localdate(each.created_at)),
)
