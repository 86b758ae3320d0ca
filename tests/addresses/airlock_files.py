"""Looking at files of the airlock; what is shown of which file to whom is told in tests/integration/airlock."""

from __future__ import annotations

from tests.addresses.making import Address

LOOKING = tuple(
    Address(f"airlock_files:{name}", "unknown", {"reference": "EXP-1999-0001", **more})
    for name, more in (
        *(("view", {"pk": 1}), ("picture", {"pk": 1}), ("checks", {})),
        *(("import-view", {"pk": 1}), ("import-picture", {"pk": 1})),
    )
)
