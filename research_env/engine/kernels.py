"""The loops that touch every byte of a VCF or every carrier of a block, as machine code (ADR 78).

Whoever calls them imports them there and then, so that a process that reads no genotypes does without the compiler.
None of them checks where an array ends: the lengths asked for are the caller's promise.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .fields import MISSING
from .genotypes import NO_ALLELE, NO_CALL
from .machine import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

UNREAD: Final = -2  # a number that is written in a way which only Python reads

_TAB, _LINE_END, _COLON, _COMMA, _DOT, _ZERO, _NINE, _BAR, _SLASH = (ord(sign) for sign in "\t\n:,.09|/")
_PLAIN_PHASED: Final = np.uint32(int.from_bytes(b"0|0\0", "little"))
_PLAIN: Final = np.uint32(int.from_bytes(b"0/0\0", "little"))
_THREE_BYTES: Final = np.uint32(0xFFFFFF)
_LAST_BYTE: Final = np.uint32(24)

# Eight signs at once: which of them are a tab
_TABS: Final = np.uint64(0x0909090909090909)
_SEVENS: Final = np.uint64(0x7F7F7F7F7F7F7F7F)
_ONE: Final = np.uint64(1)
_SEVEN: Final = np.uint64(7)
_NUMBERS: Final = np.uint64(0x0001020304050607)
_TOP: Final = np.uint64(56)

_WRAP: Final = np.uint32(0xFFFFFF)  # as packing.py
_REST: Final = 255


@compiled
def _tabs(word: Any) -> Any:
    """The highest bit of each byte that is a tab; exact, whatever the other bytes are."""
    other = word ^ _TABS
    return ~(((other & _SEVENS) + _SEVENS) | other | _SEVENS)


@compiled
def _first(bits: Any) -> Any:
    """Which byte (0 to 7) has the lowest of these highest bits."""
    lowest = (bits & (~bits + _ONE)) >> _SEVEN
    return np.int64((lowest * _NUMBERS) >> _TOP)


@compiled
def _is_plain(word: Any) -> Any:
    """Whether four signs are a diploid call of two reference alleles, and its end."""
    body = word & _THREE_BYTES
    final = word >> _LAST_BYTE
    return (body == _PLAIN or body == _PLAIN_PHASED) and (final == _COLON or final == _TAB or final == _LINE_END)


@compiled
def _cell(text: Any, start: Any, end: Any, place: Any, calls: Any) -> Any:
    """Read the genotype of one cell into ``calls`` at ``place``; False where it is not one or two digits or dots."""
    starts, ends, alleles, phased, is_read = calls
    starts[place], ends[place] = start, end
    first = _allele(text[start])
    sign = text[start + 1]
    alleles[place, 0], alleles[place, 1] = first, NO_ALLELE
    phased[place] = False
    is_read[place] = False
    if first == NO_ALLELE:
        return
    if sign == _COLON or sign == _TAB or sign == _LINE_END:
        is_read[place] = True
    elif sign == _BAR or sign == _SLASH:
        second = _allele(text[start + 2])
        final = text[start + 3]
        if second != NO_ALLELE and (final == _COLON or final == _TAB or final == _LINE_END):
            alleles[place, 1] = second
            phased[place] = sign == _BAR
            is_read[place] = True


@compiled
def _allele(sign: Any) -> Any:
    """One digit, NO_CALL for a dot; NO_ALLELE for everything else."""
    if _ZERO <= sign <= _NINE:
        return np.int16(sign - _ZERO)
    return np.int16(NO_CALL if sign == _DOT else NO_ALLELE)


@compiled
def list_cells(text: Any, windows: Any, lines: Any, samples: int, found: Any) -> Any:
    """The cells of some lines that are not plain ``0/0``, read where they are of one or two digits or dots.

    ``text`` uint8[t] with four signs behind the last cell; ``windows`` are its words of four and of eight bytes at each
    place; ``lines`` int64[l, 2] says where the cells of each line begin, and its LF. ``found`` are two: start, end,
    alleles (int16[m, 2]), phase and whether it was read; record and sample; all with room for every cell. Returns how
    many there are, or -1 - line for a line with another number of cells or an empty one.
    """
    calls, (record, sample) = found
    count = 0
    for line in range(lines.shape[0]):
        first = count
        count = _line(text, windows, (lines[line, 0], lines[line, 1], samples), (calls, sample), count)
        if count < 0:
            return -1 - line
        record[first:count] = line
    return count


@compiled
def _line(text: Any, windows: Any, span: Any, found: Any, count: Any) -> Any:
    """The cells of one line; -1 where their number is not ``samples`` or one is empty."""
    four, eight = windows
    start, end, samples = span
    calls, sample_of = found
    cell = start
    sample = 0
    at = start
    while at < end:
        if at + 8 <= end:
            bits = _tabs(eight[at])
        else:  # the last signs, one by one
            bits = np.uint64(0x80) if text[at] == _TAB else np.uint64(0)
        while bits:
            tab = at + _first(bits)
            bits &= bits - _ONE
            if tab == cell or sample >= samples:
                return -1
            if not _is_plain(four[cell]):
                _cell(text, cell, tab, count, calls)
                sample_of[count] = sample
                count += 1
            sample += 1
            cell = tab + 1
        at += 8 if at + 8 <= end else 1
    if end == cell or sample != samples - 1:
        return -1
    if not _is_plain(four[cell]):
        _cell(text, cell, end, count, calls)
        sample_of[count] = sample
        count += 1
    return count


@compiled
def count_pairs(record: Any, alleles: Any, lookup: Any, carried: Any) -> Any:
    """How many calls have each reported allele: ``carried`` int64[rows], zeros, is added to.

    ``record`` int64[m], ``alleles`` int16[m, ploidy], ``lookup`` int64[records, alleles] the row or -1.
    """
    for cell in range(record.size):
        for slot in range(alleles.shape[1]):
            row = _reported(record, alleles, lookup, cell, slot)
            if row >= 0:
                carried[row] += 1


@compiled
def list_pairs(record: Any, alleles: Any, lookup: Any, following: Any, pairs: Any) -> Any:
    """Each reported allele with each call that has it, by row and cell.

    ``following`` int64[rows] says where the next pair of each row goes and is changed; ``pairs`` are row, cell and
    copies, int64 with room for all that count_pairs has counted.
    """
    rows, cells, copies = pairs
    for cell in range(record.size):
        for slot in range(alleles.shape[1]):
            row = _reported(record, alleles, lookup, cell, slot)
            if row >= 0:
                place = following[row]
                following[row] += 1
                rows[place], cells[place] = row, cell
                copies[place] = _copies(alleles, cell, alleles[cell, slot])


@compiled
def _reported(record: Any, alleles: Any, lookup: Any, cell: Any, slot: Any) -> Any:
    """The row of an allele of a cell; -1 for none, for one that is not reported, and for one that was met before."""
    allele = alleles[cell, slot]
    if allele <= 0:
        return -1
    for earlier in range(slot):
        if alleles[cell, earlier] == allele:
            return -1
    return lookup[record[cell], allele]


@compiled
def _copies(alleles: Any, cell: Any, allele: Any) -> Any:
    found = 0
    for slot in range(alleles.shape[1]):
        if alleles[cell, slot] == allele:
            found += 1
    return found


@compiled
def integers(text: Any, cells: Any, index: int, parts: Any, found: Any) -> Any:
    """One number of each cell: of its ``index``-th token between colons, the part of that number between commas.

    ``cells`` are where each begins and ends. ``parts`` int64[m] counts from 0, and is -1 where the token is one number.
    ``found`` int32[m] takes the numbers: MISSING for ``.``, for none and for an empty token, UNREAD for what is more
    than nine digits or none.
    """
    starts, ends = cells
    for cell in range(starts.size):
        start, end = _nth(text, starts[cell], ends[cell], index, _COLON)
        if parts[cell] >= 0:
            start, end = _nth(text, start, end, parts[cell], _COMMA)
        found[cell] = _integer(text, start, end)


@compiled
def _nth(text: Any, start: Any, end: Any, index: Any, sign: Any) -> Any:
    """Where the ``index``-th piece begins and ends; both are the end where there are fewer."""
    at = start
    while index > 0 and at < end:
        if text[at] == sign:
            index -= 1
        at += 1
    if index > 0:
        return end, end
    start = at
    while at < end and text[at] != sign:
        at += 1
    return start, at


@compiled
def _integer(text: Any, start: Any, end: Any) -> Any:
    width = end - start
    if width == 0 or (width == 1 and text[start] == _DOT):
        return MISSING
    if width > 9:
        return UNREAD
    value: Any = 0
    for at in range(start, end):
        digit = text[at] - _ZERO
        if text[at] < _ZERO or digit > 9:
            return UNREAD
        value = value * 10 + digit
    return value


@compiled
def steps(small: Any, rest: Any, values: Any) -> Any:
    """The inverse of packing.packed_steps into ``values`` uint32[n]; ``rest`` uint8[4, large numbers].

    Returns how many large numbers were used: another count than there are means that the frames are damaged.
    """
    value: Any = np.uint32(0)
    large = 0
    for place in range(small.size):
        step = np.uint32(small[place])
        if step == _REST:
            if large < rest.shape[1]:
                step = np.uint32(rest[0, large]) | np.uint32(rest[1, large]) << np.uint32(8)
                step |= np.uint32(rest[2, large]) << np.uint32(16) | np.uint32(rest[3, large]) << np.uint32(24)
            large += 1
        value = np.uint32(value + step) & _WRAP
        values[place] = value
    return large


@compiled
def copy_runs(data: Any, begins: Any, ends: Any, found: Any) -> None:
    """The bytes of some runs of ``data``, one behind another, into ``found`` uint8[sum of their lengths]."""
    at = 0
    for run in range(begins.size):
        for place in range(begins[run], ends[run]):
            found[at] = data[place]
            at += 1


@compiled
def count_carriers(carriers: Any, mask: Any, runs: Any, counted: Any) -> None:
    """Count each run of carriers in the people of a mask.

    ``carriers`` are people uint32[n] (below the length of ``mask`` uint8) and codes uint8[n]; ``runs`` are where each
    begins and how many there are; ``counted`` takes het, hom and hemi (int64[3, runs]) and copies (int64[runs]).
    """
    samples, codes = carriers
    starts, lengths = runs
    kinds, copies = counted
    for run in range(starts.size):
        tally = np.zeros(4, dtype=np.int64)
        total: Any = np.int64(0)
        for place in range(starts[run], np.int64(starts[run]) + lengths[run]):
            is_in = np.int64(mask[samples[place]])
            tally[codes[place] & 3] += is_in
            total += is_in * (codes[place] >> 3)
        kinds[0, run], kinds[1, run], kinds[2, run] = tally[0], tally[1], tally[2]
        copies[run] = total


@compiled
def count_incomplete(calls: Any, mask: Any, single: Any, runs: Any, counted: Any) -> None:
    """As count_carriers, of calls with another number of alleles than a person has copies: how many fewer, and of none.

    ``calls`` are people and called alleles; ``single`` are by run whether men have one copy, and by person who is a
    man; ``counted`` takes both numbers (int64[runs]).
    """
    samples, called = calls
    starts, lengths = runs
    lost, missing = counted
    is_single, men = single
    for run in range(starts.size):
        gone: Any = np.int64(0)
        none: Any = np.int64(0)
        for place in range(starts[run], np.int64(starts[run]) + lengths[run]):
            sample = samples[place]
            is_in = np.int64(mask[sample])
            copies = 2 - np.int64(is_single[run] & men[sample])
            gone += is_in * (copies - np.int64(called[place]))
            none += is_in * (called[place] == 0)
        lost[run], missing[run] = gone, none
