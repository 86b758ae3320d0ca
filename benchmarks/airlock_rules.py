"""The airlock's rules on labelled files: precision and recall, beside a peer that looks for small numbers only.

python benchmarks/airlock_rules.py          a summary
python benchmarks/airlock_rules.py --files  what each file got
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from airlock.checks import Consequence, Policy  # noqa: E402 - after the path of the checkout
from airlock.checks.identifiers import KnownIdentifiers  # noqa: E402
from airlock.checks.inspection import inspect  # noqa: E402
from airlock.checks.notes import Declared, Notes  # noqa: E402
from tests.airlock_files.labelled import KNOWN, Labelled, labelled_files  # noqa: E402

# What checkers without a tool do first: search for a lone 1, 2, 3 or 4, or for the word "id".
_PEER = re.compile(rb"(?<![\d.\w-])[1-4](?![\d.\w])|\b\w*_id\b", re.I)


def main() -> int:
    """Print the figures; 1 where an unsafe file passed without a finding."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", action="store_true", help="one line for each file")
    wants_files = arguments.parse_args().files
    policy, known = Policy(), (KnownIdentifiers.of(b"benchmark", KNOWN),)
    files = labelled_files()
    started = time.process_time()
    ours = {file.name: _codes(file, policy, known) for file in files}
    seconds = time.process_time() - started
    if wants_files:
        for file in files:
            label = "unsafe" if file.unsafe else "safe  "
            print(f"{label}  {file.name:26} {', '.join(sorted(ours[file.name])) or '-':40} {file.why}")
    print(f"{len(files)} files, {sum(file.unsafe for file in files)} of them unsafe; {seconds:.2f} s of CPU")
    passed = _report("rules of the airlock", files, {name for name, codes in ours.items() if codes})
    _report("search for 1 to 4 and for “id”", files, {file.name for file in files if _PEER.search(file.data)})
    return 1 if passed else 0


def _codes(file: Labelled, policy: Policy, known: tuple[KnownIdentifiers, ...]) -> set[str]:
    """Codes that ask somebody to act."""
    findings = inspect(io.BytesIO(file.data), file.name, Notes(policy, known, Declared(file.people))).findings
    return {each.code for each in findings if policy.consequence(each.code) >= Consequence.ACKNOWLEDGE}


def _report(name: str, files: list[Labelled], stopped: set[str]) -> list[str]:
    """Print precision and recall; the unsafe files that passed."""
    right = sum(file.unsafe for file in files if file.name in stopped)
    passed = [file.name for file in files if file.unsafe and file.name not in stopped]
    precision, recall = right / max(1, len(stopped)), right / sum(file.unsafe for file in files)
    print(f"{name:32} precision {precision:.3f}  recall {recall:.3f}  {', '.join(passed[:8])}")
    return passed


if __name__ == "__main__":
    sys.exit(main())
