"""Genotypes of a block of VCF lines as arrays: only the cells that are not plain ``0/0`` are kept."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .errors import BadRecord
from .fields import Places, Text

NO_CALL: Final = -1  # a "." allele
NO_ALLELE: Final = -2  # beyond the ploidy of the call

_TAB, _LINE_END, _COLON, _DOT, _ZERO, _BAR, _SLASH = (ord(sign) for sign in "\t\n:.0|/")
_PADDING: Final = b"\t" * 4
_PLAIN: Final = tuple(np.uint32(int.from_bytes(text, "little")) for text in (b"0|0", b"0/0"))
_TOKEN: Final = re.compile(rb"[^\t\n:]*")
_GENOTYPE: Final = re.compile(rb"[|/]?(?:\d+|\.)(?:[|/](?:\d+|\.))*")


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of ``record_count`` lines by ``sample_count`` samples.

    A cell that is not listed is a diploid call of two reference alleles. For each listed cell, in order of record
    and sample: ``record`` int64[m], ``sample`` int64[m], ``alleles`` int16[m, ploidy] (0 reference, 1.. the
    alternatives, NO_CALL, NO_ALLELE), ``phased`` bool[m]. ``edges`` int64[all cells + 1] says where in ``text``
    each cell starts, listed or not, line by line.
    """

    record_count: int
    sample_count: int
    record: Places
    sample: Places
    alleles: NDArray[np.int16]
    phased: NDArray[np.bool_]
    text: Text
    edges: Places

    @property
    def place(self) -> Places:
        """The listed cells as places in ``edges``."""
        return self.record * self.sample_count + self.sample

    def spans(self, places: Places) -> tuple[Places, Places]:
        """Start and end (exclusive) in ``text`` of the cells at these places."""
        return self.edges[places], self.edges[places + 1] - 1


def decode(columns: Sequence[str], keys: Sequence[str], sample_count: int) -> Calls:
    """Decode the sample columns (everything after FORMAT) of lines that share the FORMAT ``keys``.

    Raises BadRecord when a line has another number of columns than ``sample_count`` or a genotype is malformed;
    ``BadRecord.args[1]`` is the number of the line in ``columns``.
    """
    joined = "\t".join(columns).encode("latin-1")
    text = Text(joined + _PADDING)
    edges = _cell_edges(text, len(joined), columns, sample_count)
    if "GT" in keys:
        starts = edges[:-1]
        if keys[0] != "GT":
            starts, _ = text.keyed(starts, edges[1:] - 1, list(keys).index("GT"))
        listed, alleles, phased = read_genotypes(text, starts, lambda listed: listed // sample_count)
    else:
        listed = np.arange(edges.size - 1)
        alleles, phased = np.full((listed.size, 1), NO_CALL, dtype=np.int16), np.zeros(listed.size, dtype=bool)
    record, sample = np.divmod(listed, sample_count)
    return Calls(len(columns), sample_count, record, sample, alleles, phased, text, edges)


def _cell_edges(text: Text, size: int, columns: Sequence[str], sample_count: int) -> Places:
    """Where each cell starts, line by line, and one past the tab that would end the last."""
    is_tab = text.buffer[: size + 1] == _TAB  # the padding ends the last cell
    cells = len(columns) * sample_count
    if np.count_nonzero(is_tab) != cells:
        refuse_width(columns, sample_count)
    if size + 1 == 4 * cells and is_tab[3::4].all():
        edges = np.arange(0, size + 2, 4)  # nothing but diploid genotypes, as in most public files
    else:
        edges = np.empty(cells + 1, dtype=np.int64)
        edges[0] = 0
        np.add(np.flatnonzero(is_tab), 1, out=edges[1:])
    first_of_line = np.cumsum([0, *(len(line) + 1 for line in columns)])
    if not np.array_equal(edges[::sample_count], first_of_line) or (np.diff(edges) == 1).any():
        refuse_width(columns, sample_count)
    return edges


def refuse_width(columns: Sequence[str], sample_count: int) -> None:
    """Raises BadRecord for the first line that has another number of sample columns, or an empty one."""
    for place, line in enumerate(columns):
        cells = line.split("\t")
        if len(cells) != sample_count:
            raise BadRecord(f"has {len(cells):,} sample columns instead of {sample_count:,}", place)
        if not all(cells):
            raise BadRecord("has an empty sample column", place)


def read_genotypes(
    text: Text, starts: Places, record_of: Callable[[Places], Places]
) -> tuple[Places, NDArray[np.int16], NDArray[np.bool_]]:
    """Cells that are not plain, with their alleles and phase, from where each genotype starts.

    Raises BadRecord, ``args[1]`` being the number of the line.
    """
    windows = np.ndarray(text.buffer.size - 3, dtype="<u4", buffer=text.data, strides=(1,))
    words = windows[starts]
    final = words >> np.uint32(24)
    body = words & np.uint32(0xFFFFFF)
    plain = ((body == _PLAIN[0]) | (body == _PLAIN[1])) & _ends_cell(final)
    listed = np.flatnonzero(~plain)
    alleles, phased, is_read = _short_genotypes(words[listed])
    rest = np.flatnonzero(~is_read)
    if rest.size:
        alleles = long_genotypes(text, rest, (starts[listed], alleles, phased, record_of(listed)))
    return listed, alleles, phased


def _short_genotypes(words: NDArray[np.uint32]) -> tuple[NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_]]:
    """Haploid and diploid calls of alleles below 10, from the first four bytes of each cell."""
    signs = [((words >> np.uint32(8 * place)) & np.uint32(0xFF)).astype(np.int16) for place in range(4)]
    first, first_is_read = _allele(signs[0])
    second, second_is_read = _allele(signs[2])
    ends_early, ends_in_time = _ends_cell(signs[1]), _ends_cell(signs[3])
    phased = signs[1] == _BAR
    is_diploid = first_is_read & second_is_read & ends_in_time & (phased | (signs[1] == _SLASH))
    is_haploid = first_is_read & ends_early
    alleles = np.stack((first, np.where(is_diploid, second, np.int16(NO_ALLELE))), axis=1)
    return alleles, phased & is_diploid, is_diploid | is_haploid


def _ends_cell(sign: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether a genotype ends at this sign: a cell, a line or the first of several fields."""
    ends: NDArray[np.bool_] = (sign == _COLON) | (sign == _TAB) | (sign == _LINE_END)
    return ends


def _allele(sign: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    number = sign - np.int16(_ZERO)
    is_digit = (number >= 0) & (number <= 9)
    return np.where(is_digit, number, np.int16(NO_CALL)), is_digit | (sign == _DOT)


def long_genotypes(
    text: Text, rest: Places, known: tuple[Places, NDArray[np.int16], NDArray[np.bool_], Places]
) -> NDArray[np.int16]:
    """Alleles above 9, other ploidies and leading phase signs, one by one; writes ``phased`` in place."""
    starts, alleles, phased, records = known
    for place in rest:
        found = _TOKEN.match(text.data, int(starts[place]))
        token = (found and found[0]) or b"."
        if not _GENOTYPE.fullmatch(token):
            # Not repeated: a damaged file can have the name of a sample there.
            raise BadRecord("has a genotype that cannot be read", records[place])
        called = [NO_CALL if part == b"." else int(part) for part in re.split(rb"[|/]", token.lstrip(b"|/"))]
        if max(called) > np.iinfo(np.int16).max:
            raise BadRecord("names an allele that it does not list", records[place])
        if len(called) > alleles.shape[1]:
            wider = ((0, 0), (0, len(called) - alleles.shape[1]))
            alleles = np.pad(alleles, wider, constant_values=NO_ALLELE)
        alleles[place] = NO_ALLELE
        alleles[place, : len(called)] = called
        phased[place] = b"|" in token and b"/" not in token[1:] and len(called) > 1
    return alleles
