"""A query on its way, as its pages show it: asked, planned, run, stopped, shared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ngrl.services import withdraw_release
from portal.kernel.access import WORKER
from portal.kernel.models import AuditEvent
from research_env.leases import take_lease
from research_env.models import Query, QueryStatus
from research_env.results import csv_lines
from research_env.services import cancel_query, share_query, submit_query
from research_env.worker import drain, fail_query
from research_env.workflows import QUERY
from tests.factories import research_env as make
from tests.factories.releases import load_tiny_release
from tests.integration.research_env.pages import body_of, open_page, text_of, within_budget
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def form_url(world: World) -> str:
    load_tiny_release(world.people["hana"])
    return f"{world.project.get_absolute_url()}queries/new/"


def typed(**fields: Any) -> dict[str, Any]:
    return {"genes": "CFTR", "release": "test-release", "pass_only": "on", "consequence": "any", **fields}


def submitted(world: World, **raw: Any) -> Query:
    return submit_query(actor=world.people["ada"], query=make.plan(world, **raw))


# Asking


def test_form__offers_what_the_project_has_with_sensible_defaults(world: World, client_of: SignedIn) -> None:
    body = body_of(open_page(client_of("ada"), form_url(world)))
    assert 'name="max_allele_frequency" value="0.01"' in body
    assert re.search(r'value="protein_changing"[^>]* checked', body)
    assert 'data-autocomplete-url="/genes/suggest/"' in body
    assert "covid-19" not in body


def test_form__a_question_becomes_a_planned_query(world: World, client_of: SignedIn) -> None:
    answer = client_of("ada").post(form_url(world), typed(name="My question"))
    query = Query.objects.get()
    assert answer.headers["Location"] == query.get_absolute_url()
    assert (query.name, query.status, query.author) == ("My question", QueryStatus.PLANNED, world.people["ada"])


def test_form__sent_twice_makes_one_query(world: World, client_of: SignedIn) -> None:
    ada, url = client_of("ada"), form_url(world)
    first, second = ada.post(url, typed()), ada.post(url, typed())
    assert first.headers["Location"] == second.headers["Location"]
    assert Query.objects.count() == 1
    ada.post(url, typed(name="Another name"))
    assert Query.objects.count() == 2


def test_form__problems_are_told_and_nothing_typed_is_lost(world: World, client_of: SignedIn) -> None:
    answer = client_of("ada").post(form_url(world), typed(genes="CFTR\nCFTT", name="<i>x</i>", min_depth="many"))
    assert answer.status_code == 200
    text = text_of(answer)
    assert "There is a problem" in text
    assert "Did you mean CFTR" in text
    assert "CFTR\nCFTT" in body_of(answer)
    assert 'value="&lt;i&gt;x&lt;/i&gt;"' in body_of(answer)
    assert 'value="many"' in body_of(answer)
    assert Query.objects.count() == 0


def test_form__a_cohort_of_nobody_is_refused_with_a_sentence(world: World, client_of: SignedIn) -> None:
    answer = client_of("ada").post(form_url(world), typed(family_roles=["mother"], sexes=["male"]))
    assert "Nobody in the project's data fits this cohort." in text_of(answer)


def test_form__a_list_of_ones_own_pseudonyms_from_the_carriers_file(world: World, client_of: SignedIn) -> None:
    earlier = make.finished(world)
    upload = SimpleUploadedFile("carriers.csv", "".join(csv_lines(earlier.result, "carriers")).encode())
    client_of("ada").post(form_url(world), typed(pseudonyms_file=upload, name="Only these"))
    assert len(Query.objects.get(name="Only these").question["pseudonyms"]) == earlier.result.people_count


def test_form__another_projects_pseudonyms_are_nobody_here(world: World, client_of: SignedIn) -> None:
    eves = make.finished(world, author="eve")
    upload = SimpleUploadedFile("carriers.csv", "".join(csv_lines(eves.result, "carriers")).encode())
    answer = client_of("ada").post(form_url(world), typed(pseudonyms_file=upload))
    assert "Line 1" in text_of(answer)
    assert Query.objects.filter(project=world.project).count() == 0


def test_form__copies_another_query(world: World, client_of: SignedIn) -> None:
    query = make.plan(world, name="To copy", genes="CFTR G6PD", sexes=["female"], max_allele_frequency=0.02)
    body = body_of(open_page(client_of("ada"), f"{form_url(world)}?copy={query.reference}", most=13))
    assert "CFTR\nG6PD" in body
    assert 'name="max_allele_frequency" value="0.02"' in body
    assert re.search(r'name="sexes" value="female"[^>]* checked', body)


def test_form__does_not_copy_what_the_reader_may_not_see(world: World, client_of: SignedIn) -> None:
    eves = make.plan(world, author="eve")
    for reference in (eves.reference, "nonsense", "QRY%00"):
        open_page(client_of("ada"), f"{form_url(world)}?copy={reference}", 404)


def test_form__without_a_release_says_so(world: World, client_of: SignedIn) -> None:
    url = f"{world.project.get_absolute_url()}queries/new/"
    assert "There is no release to ask yet" in text_of(open_page(client_of("ada"), url))


# Planned


def test_plan__says_what_will_be_read_in_whom_and_what_one_can_do(world: World, client_of: SignedIn) -> None:
    query = make.plan(world, genes="CFTR ABCC7", sexes=["female"])
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert "People in the cohort 40" in text
    assert "File to read 1 in 1 part" in text
    assert f"Records, about {query.estimated_records:,} " in text
    assert "ABCC7 is" in text
    assert "Run this query Copy and change Cancel this query" in text


def test_plan__a_colleague_reads_why_they_cannot_run_it(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    share_query(actor=world.people["ada"], query=query, person=world.people["ben"])
    text = text_of(open_page(client_of("ben"), query.get_absolute_url()))
    assert "Only the author can submit" in text
    assert "Run this query" not in text


def test_plan__of_a_withdrawn_release_says_why_it_cannot_run(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    type(query.release).objects.update(status="withdrawn", withdrawn_at=query.created_at, withdrawn_reason="Bad sexes.")
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert "was withdrawn: Bad sexes." in text
    assert "Run this query" not in text


def test_submit__twice_runs_once_and_leads_to_the_query(world: World, client_of: SignedIn) -> None:
    query, ada = make.plan(world), client_of("ada")
    url = f"{query.get_absolute_url()}submit/"
    assert [ada.post(url).headers["Location"] for _ in range(2)] == [query.get_absolute_url()] * 2
    assert AuditEvent.objects.filter(event="research_env.query.submitted", subject_ref=query.reference).count() == 1


@pytest.mark.parametrize("action", ["submit", "cancel", "retry", "rerun"])
def test_acts__a_get_asks_first_and_changes_nothing(world: World, client_of: SignedIn, action: str) -> None:
    query = make.plan(world)
    open_page(client_of("ada"), f"{query.get_absolute_url()}{action}/")
    query.refresh_from_db()
    assert query.status == QueryStatus.PLANNED
    assert Query.objects.count() == 1


@pytest.mark.parametrize("action", ["submit", "cancel", "retry", "rerun", "share", "unshare"])
def test_acts__do_not_exist_for_others(world: World, client_of: SignedIn, action: str) -> None:
    query = make.plan(world)
    assert client_of("eve").post(f"{query.get_absolute_url()}{action}/").status_code == 404


def test_acts__of_a_colleague_are_refused(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    share_query(actor=world.people["ada"], query=query, person=world.people["ben"])
    assert client_of("ben").post(f"{query.get_absolute_url()}submit/").status_code == 403
    assert client_of("ben").post(f"{query.get_absolute_url()}cancel/").status_code == 403


def test_acts__in_the_wrong_state_are_refused(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    assert client_of("ada").post(f"{query.get_absolute_url()}retry/").status_code == 409


# Under way


def test_progress__waits_for_a_worker_and_says_so(world: World, client_of: SignedIn) -> None:
    earlier, query = submitted(world, name="Earlier"), submitted(world, genes="CFTR G6PD")
    assert earlier.submitted_at
    answer = open_page(client_of("ada"), query.get_absolute_url())
    text = text_of(answer)
    assert "No worker has taken it up yet" in text
    assert "1 query is ahead of this one" in text
    assert "chr7" in text
    assert "chrX" in text
    assert "Refresh to see how far it is" in text
    assert f'hx-get="{query.get_absolute_url()}progress/' in body_of(answer)


def test_progress__tells_records_read_by_file(world: World, client_of: SignedIn) -> None:
    query = submitted(world, genes="CFTR G6PD")
    piece = query.slices.order_by("position").first()
    assert piece is not None
    take_lease(piece.pk)
    query.slices.filter(pk=piece.pk).update(records_read=100)
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert re.search(r"100 of about [\d,]+ records read, 0 of 2 parts done", text)
    assert "Cancel this query" in text


def test_progress__the_live_part_is_a_part_and_ends_with_a_new_page(world: World, client_of: SignedIn) -> None:
    query, ada = submitted(world), client_of("ada")
    url = f"{query.get_absolute_url()}progress/"
    with within_budget():
        part = ada.get(url, headers={"HX-Request": "true"})
    assert "<html" not in body_of(part)
    assert "Progress by file" in text_of(part)
    drain(query)
    assert ada.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_progress__without_scripts_its_address_leads_to_the_page(world: World, client_of: SignedIn) -> None:
    query = submitted(world)
    answer = client_of("ada").get(f"{query.get_absolute_url()}progress/")
    assert answer.headers["Location"] == query.get_absolute_url()


def test_cancel__ends_the_query_and_says_so_once(world: World, client_of: SignedIn) -> None:
    query, ada = submitted(world), client_of("ada")
    url = f"{query.get_absolute_url()}cancel/"
    assert "The query was cancelled." in text_of(ada.post(url, follow=True))
    assert ada.post(url).status_code == 302
    assert "This query was cancelled" in text_of(open_page(ada, query.get_absolute_url()))


# Stopped


def test_failed__says_why_and_can_be_tried_again(world: World, client_of: SignedIn) -> None:
    query, ada = submitted(world), client_of("ada")
    QUERY.perform(query, "start", WORKER)
    fail_query(query, "The file chr7 was changed.", WORKER)
    text = text_of(open_page(ada, query.get_absolute_url()))
    assert "The file chr7 was changed." in text
    assert "Try again" in text
    ada.post(f"{query.get_absolute_url()}retry/")
    query.refresh_from_db()
    assert query.status == QueryStatus.QUEUED


def test_cancelled__can_be_tried_again_by_its_author_only(world: World, client_of: SignedIn) -> None:
    query = submitted(world, author="ada")
    cancel_query(actor=world.people["ada"], query=query)
    share_query(actor=world.people["ada"], query=query, person=world.people["ben"])
    assert "Try again" in text_of(open_page(client_of("ada"), query.get_absolute_url()))
    text = text_of(open_page(client_of("ben"), query.get_absolute_url()))
    assert "Only the author can submit" in text


def test_withheld__shows_the_reason_and_no_number(world: World, client_of: SignedIn) -> None:
    query = make.finished(world)
    withdraw_release(actor=world.people["hana"], release=query.release, reason="Wrong sexes.")
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert "The result is withheld" in text
    assert "Wrong sexes." in text
    assert "Variants found" not in text
    assert "Run again" not in text


def test_history__is_told_newest_first(world: World, client_of: SignedIn) -> None:
    text = text_of(open_page(client_of("ada"), submitted(world).get_absolute_url()))
    assert text.index("Submitted the query") < text.index("Planned the query")


# Run again, share


def test_rerun__twice_makes_one_new_query(world: World, client_of: SignedIn) -> None:
    query, ada = make.finished(world), client_of("ada")
    url = f"{query.get_absolute_url()}rerun/"
    first, second = ada.post(url), ada.post(url)
    assert first.headers["Location"] == second.headers["Location"] != query.get_absolute_url()
    assert query.reruns.count() == 1


def test_share__with_a_colleague_and_stop(world: World, client_of: SignedIn) -> None:
    query, ada, ben = make.finished(world), client_of("ada"), client_of("ben")
    open_page(ben, query.get_absolute_url(), 404)
    person = {"person": world.people["ben"].pk}
    assert "Ben Researcher sees this query now." in text_of(
        ada.post(f"{query.get_absolute_url()}share/", person, follow=True)
    )
    text = text_of(open_page(ben, query.get_absolute_url()))
    assert "Ben Researcher (you) shared" in text
    assert "Run again" not in text
    ada.post(f"{query.get_absolute_url()}unshare/", person)
    open_page(ben, query.get_absolute_url(), 404)


def test_share__nobody_outside_the_project(world: World, client_of: SignedIn) -> None:
    query = make.finished(world)
    answer = client_of("ada").post(f"{query.get_absolute_url()}share/", {"person": world.people["eve"].pk})
    assert "There is a problem" in text_of(answer)
    open_page(client_of("eve"), query.get_absolute_url(), 404)


@pytest.mark.parametrize("person", ["", "0", "9" * 30, "nobody", "\0"])
def test_share__with_nobody_in_particular_changes_nothing(world: World, client_of: SignedIn, person: str) -> None:
    query, ada = make.plan(world), client_of("ada")
    assert ada.post(f"{query.get_absolute_url()}unshare/", {"person": person}).status_code == 404
    assert ada.post(f"{query.get_absolute_url()}share/", {"person": person}).status_code == 200
    assert not AuditEvent.objects.filter(event__endswith="shared", subject_ref=query.reference).exists()


def test_share__has_a_page_of_its_own(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    assert "Ben Researcher" in text_of(open_page(client_of("ada"), f"{query.get_absolute_url()}share/"))
