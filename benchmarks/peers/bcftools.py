"""bcftools, on whichever form of the file. Sites are split only where a file has several alternatives in a line."""

from __future__ import annotations

from functools import partial
from typing import Final

from engine import GOOD_QUALITY, RARE, Subject, bcftools_carriers, bcftools_counts, bcftools_point, where
from measuring import Answer, pipe
from questions import (
    BURDEN,
    CARRIERS,
    COUNTS,
    DE_NOVO,
    DE_NOVO_GOOD,
    INGEST,
    PERSON,
    POINT,
    RARE_PERSON,
    SMALL,
    Asked,
    Asks,
    GeneTally,
    is_de_novo,
)

from research_env.engine import PROTEIN_CHANGING

_ALLELE: Final = "%POS\\t%REF\\t%ALT"
_FREQUENCY: Final = ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AF"]


def asks(asked: Asked) -> Asks:
    """Every question but ingest, which has no form of its own."""
    subject, listed = asked.subject, asked.listed
    found = {
        COUNTS: partial(bcftools_counts, subject, listed),
        CARRIERS: partial(bcftools_carriers, subject, listed, by_quality=False),
        POINT: partial(bcftools_point, subject, listed, asked.single),
        PERSON: partial(_person, asked),
        RARE_PERSON: partial(_rare_person, asked),
        DE_NOVO: partial(_de_novo, asked, None),
        DE_NOVO_GOOD: partial(_de_novo, asked, GOOD_QUALITY),
        BURDEN: partial(_burden, asked),
    }
    if asked.small:
        found[SMALL] = partial(bcftools_counts, asked.within(asked.small).subject, listed)
    return found


def ingest_asks(asked: Asked) -> Asks:
    """Every genotype of the file read and counted once, as +fill-tags does: what making columns is compared with."""
    return {INGEST: partial(_ingest, asked.subject)}


def _split(subject: Subject) -> list[list[str]]:
    return [["bcftools", "norm", "-m", "-any", "-Ou"]] if subject.has_multi_allelic else []


def _person(asked: Asked) -> Answer:
    """Q4."""
    subject = asked.subject
    read = ["bcftools", "view", *where(subject), "-s", subject.names[asked.person], "-Ou", str(subject.path)]
    return _carried([read, *_split(subject)])


def _rare_person(asked: Asked) -> Answer:
    """Q4 of alleles that are rare in the whole file: everybody is counted, then the person is taken out."""
    subject = asked.subject
    return _carried(
        [
            ["bcftools", "view", *where(subject), "-Ou", str(subject.path)],
            *_split(subject),
            _FREQUENCY,
            ["bcftools", "view", "-i", f"AF<={RARE}", "-Ou"],
            ["bcftools", "view", "-s", subject.names[asked.person], "-Ou"],
        ]
    )


def _carried(commands: list[list[str]]) -> Answer:
    text = pipe([*commands, ["bcftools", "query", "-i", 'GT="alt"', "-f", f"{_ALLELE}\\n"]])
    rows = [tuple(line.split("\t")) for line in text.splitlines()]
    return sorted(row for row in rows if row[2].isalpha())


def _de_novo(asked: Asked, quality: int | None) -> Answer:
    """Q5: the trio's genotypes where somebody has an alternative; the three are compared here."""
    if asked.trio is None:
        return []
    subject = asked.subject
    names = [subject.names[sample] for sample in asked.trio]
    good = "".join(f" && GQ[{place}]>={quality}" for place in range(3)) if quality else ""  # & would ask one person
    text = pipe(
        [
            ["bcftools", "view", *where(subject), "-f", "PASS", "-s", ",".join(names), "-Ou", str(subject.path)],
            *_split(subject),
            # A condition in query would choose among the three people as well
            ["bcftools", "view", "-i", f'(GT[0]="alt" | GT[0]="mis"){good}', "-Ou"],
            ["bcftools", "query", "-f", f"{_ALLELE}[\\t%GT]\\n"],
        ]
    )
    rows = [line.split("\t") for line in text.splitlines()]
    return sorted(tuple(row[:3]) for row in rows if row[2].isalpha() and is_de_novo(row[3:]))


def _burden(asked: Asked) -> Answer:
    """Q6: sites by the text of CSQ first, then the frequency of everybody, then carriers; added up here."""
    subject = asked.subject
    changes = " || ".join(f'INFO/CSQ~"{term}"' for term in sorted(PROTEIN_CHANGING))
    text = pipe(
        [
            ["bcftools", "view", *where(subject), "-f", "PASS", "-i", changes, "-Ou", str(subject.path)],
            _FREQUENCY,
            ["bcftools", "query", "-i", f'AF<={RARE} & GT="alt"', "-f", "[%CSQ\\t%SAMPLE\\n]"],
        ]
    )
    tally, places = GeneTally(subject), {name: place for place, name in enumerate(subject.names)}
    for line in text.splitlines():
        entry, _, name = line.rpartition("\t")
        if gene := tally.gene_of(entry):
            tally.add(gene, [places[name]])
    return tally.answer()


def _ingest(subject: Subject) -> Answer:
    text = pipe(
        [
            ["bcftools", "+fill-tags", "-Ou", str(subject.path), "--", "-t", "AC,AN,AC_Hom"],
            ["bcftools", "query", "-f", f"{_ALLELE}\\t%AC\\n"],
        ]
    )
    rows: Answer = []
    for position, ref, alts, counts in (line.split("\t") for line in text.splitlines()):
        pairs = zip(alts.split(","), counts.split(","), strict=True)
        rows += [(position, ref, alt, count) for alt, count in pairs if alt.isalpha()]
    return rows
