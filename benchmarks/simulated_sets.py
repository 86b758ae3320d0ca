"""Slices of the sets A, B and C of the spec, made by the tools beside the shared data: 0.2 Mb of 2,504 people, 30 kb of
10,000 and 4 kb of 78,195. What is there already is used again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pysam
from engine import REAL_DATA

TOOLS: Final = REAL_DATA.parent / "tools"


@dataclass(frozen=True)
class SimulatedSet:
    """A set with the seeds that the tools are given."""

    name: str
    people: int
    length: int
    mutations_seed: int
    window: tuple[int, int]
    cells_seed: int


SETS: Final = (
    SimulatedSet("set_A_2504", 2_504, 2_000_000, 1, (0, 200_000), 101),
    SimulatedSet("set_B_10000", 10_000, 600_000, 2, (300_000, 330_000), 102),
    SimulatedSet("set_C_78195", 78_195, 100_000, 3, (50_000, 54_000), 103),
)


def simulated_sets(folder: Path) -> Iterator[Path]:
    """The files, the missing ones made."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in SETS:
        path = folder / f"{each.name}.vcf.gz"
        if not Path(f"{path}.tbi").exists():
            _make(each, path)
        yield path


def _make(each: SimulatedSet, path: Path) -> None:
    python = _python()
    trees, mutated, plain = (path.with_name(f"{each.name}{end}") for end in (".trees", ".mutated.trees", ".vcf"))
    simulate = [python, str(TOOLS / "simulate_cohort.py")]
    subprocess.run([*simulate, "ts", str(each.people), str(each.length), "42", str(trees)], check=True)
    subprocess.run([python, str(TOOLS / "remutate.py"), trees, mutated, str(each.mutations_seed)], check=True)
    lines = [*simulate, "vcf", str(mutated), *map(str, each.window), str(each.cells_seed)]
    with plain.open("wb") as out, subprocess.Popen(lines, stdout=subprocess.PIPE) as running:
        assert running.stdout
        for line in running.stdout:
            # As VEP declares its fields; the tool leaves the word out
            out.write(line.replace(b'"Consequence|SYMBOL"', b'"Format: Consequence|SYMBOL"', 1))
    if running.returncode:
        raise SystemExit(f"{' '.join(lines)} failed")
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    for left in (trees, mutated, plain):
        left.unlink()


def _python() -> str:
    """A Python that has msprime and tskit: this one, or the one of the path."""
    needed = "import msprime, tskit, numba"
    for python in (sys.executable, shutil.which("python3"), shutil.which("python")):
        if python and not subprocess.run([python, "-c", needed], capture_output=True).returncode:
            return python
    raise SystemExit("The sets are made by msprime and tskit: pip install msprime tskit numba")
