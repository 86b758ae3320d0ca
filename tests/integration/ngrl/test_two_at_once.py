"""Two data managers at one release in the same moment, on two real connections: it is published once or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from accounts.models import User
from accounts.roles import Role
from ngrl.models import Release
from ngrl.services import proposal_sha256, propose_release, publish_release, return_release
from portal.kernel.models import AuditEvent
from tests.factories.accounts import make_person
from tests.factories.ngrl import make_release
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_publish_at_once__and_one_does(tmp_path: Path, people: Mapping[str, User]) -> None:
    """Then one publishes while another sends it back: whoever comes second is told, and nothing is half done."""
    others = [make_person(f"Datamanager {each}", role=Role.DATA_MANAGER) for each in ("One", "Two")]
    for number in range(2):
        release = make_release(tmp_path, publish=False)
        release = propose_release(actor=people["hana"], release=release, notes="More genomes.")
        read = proposal_sha256(release)
        publish = [partial(publish_release, actor=person, release=release, read=read) for person in others]
        send_back = partial(return_release, actor=others[1], release=release, reason="Not yet.")
        raised = at_once(publish[0], send_back if number else publish[1])
        assert sorted(type(each).__name__ for each in raised) == ["NoneType", "TransitionRefused"]
        events = AuditEvent.objects.filter(subject_ref=release.reference).order_by("pk").values_list("event", flat=True)
        after = Release.objects.get(pk=release.pk)
        if number and raised[1] is None:
            assert (after.status, after.published_by, list(events)[2:]) == ("loading", None, ["ngrl.release.returned"])
        else:
            assert (after.status, after.published_by) == ("published", others[raised.index(None)])
            assert list(events)[2:] == ["ngrl.release.published"]
