"""Somebody for each column of the permission matrix.

AN anonymous, AP somebody without a role, ME researcher, DL lead, IS secretary and signatory, AM member and AC chair of
the committee, PP participants' representative, DM data manager, AR output checker, PR panel reviewer, PC panel curator,
SD service desk, AU auditor, AD administrator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import Institution, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from tests.factories.accounts import make_person
from tests.personas import World

COLUMNS = ["AN", "AP", "ME", "DL", "IS", "AM", "AC", "PP", "DM", "AR", "PR", "PC", "SD", "AU", "AD"]
EVERYBODY_IN = "AP ME DL IS AM AC PP DM AR PR PC SD AU AD"
ROLE_OF = {
    "AM": (Role.ARC_MEMBER, ""),
    "AC": (Role.ARC_CHAIR, ""),
    "PP": (Role.ARC_MEMBER, "participants"),
    "DM": (Role.DATA_MANAGER, ""),
    "AR": (Role.AIRLOCK_CHECKER, ""),
    "PR": (Role.PANEL_REVIEWER, ""),
    "PC": (Role.PANEL_CURATOR, ""),
    "SD": (Role.SERVICE_DESK, ""),
    "AU": (Role.AUDITOR, ""),
    "AD": (Role.ADMINISTRATOR, ""),
}


def one_of_each(world: World, institution: Institution) -> Mapping[str, Any]:
    """Somebody new in each column; IS speaks for this institution, DL leads a community, ME is a researcher."""
    actors: dict[str, Any] = {"AN": AnonymousUser(), "AP": make_person(), "ME": world.people["ada"]}
    actors["DL"] = User.objects.get(pk=world.people["eve"].pk)
    actors["IS"] = make_person(role=Role.INSTITUTION_SECRETARY, scope=institution.reference)
    RoleGrant.objects.create(
        person=actors["IS"], role=Role.INSTITUTION_SIGNATORY, scope=institution.reference, reason="x",
        starts_at=clock.now(),
    )  # fmt: skip
    return actors | {column: make_person(role=role, scope=scope) for column, (role, scope) in ROLE_OF.items()}
