"""A contract of our own for lint-imports: an app is entered from outside by its public rooms only."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """`apps` have doors; `public_rooms` are open to every storey above; modules of `roof` may open all doors."""

    type_name = "doors"

    apps: Any = fields.ListField(subfield=fields.StringField())
    public_rooms: Any = fields.ListField(subfield=fields.StringField())
    roof: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Broken by each import of a private room from outside its app."""
        illegal = [
            (importer, imported)
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if self._is_illegal(importer, imported)
        ]
        return ContractCheck(kept=not illegal, metadata={"illegal": illegal})

    def _is_illegal(self, importer: str, imported: str) -> bool:
        app, _, rest = imported.partition(".")
        room = rest.split(".")[0]
        from_outside = app in self.apps and importer.split(".")[0] != app
        return from_outside and bool(room) and room not in self.public_rooms and importer not in self.roof

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Each such import on a line."""
        for importer, imported in check.metadata["illegal"]:
            output.print_error(f"{importer} imports {imported}, which is a private room.", bold=False)
        output.print_error(f"Public rooms are: {', '.join(self.public_rooms)}.", bold=False)
