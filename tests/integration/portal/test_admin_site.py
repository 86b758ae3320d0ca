"""Django's admin: a reading room for people with is_staff, in which being a superuser gives no verb."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


@pytest.fixture
def root(world: object) -> Client:
    """A superuser's browser."""
    browser = Client()
    browser.force_login(User.objects.create_superuser("root@tests.example", "irrelevant", display_name="Root"))
    return browser


def test_admin__leads_strangers_to_the_sign_in_page_where_attempts_are_counted(client_of: ClientOf) -> None:
    response = client_of("anon").get("/django-admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=")


@pytest.mark.parametrize("persona", ["ada", "ivo", "hana", "aud"])
def test_admin__is_closed_to_people_without_is_staff_whatever_their_role(client_of: ClientOf, persona: str) -> None:
    assert client_of(persona).get("/django-admin/", follow=True).status_code == 403


def test_admin__superuser_can_look_at_people_but_change_nobody(root: Client) -> None:
    ada = User.objects.get(email="ada@lectern.example")
    assert root.get(reverse("admin:accounts_user_changelist")).status_code == 200
    change = reverse("admin:accounts_user_change", args=[ada.pk])
    assert root.get(change).status_code == 200
    assert root.post(change, {"email": "stolen@tests.example"}).status_code == 403
    assert root.get(reverse("admin:accounts_user_add")).status_code == 403
    assert root.post(reverse("admin:accounts_user_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403
    ada.refresh_from_db()
    assert ada.email == "ada@lectern.example"


def test_admin__every_model_is_read_only_unless_it_says_that_it_is_a_reference_table() -> None:
    open_to_change = {
        model._meta.label
        for model, registered in admin.site._registry.items()
        if not getattr(registered, "is_reference_table", False)
        and any(getattr(registered, f"has_{verb}_permission")(None) for verb in ("add", "change", "delete"))
    }
    assert not open_to_change


def test_admin__holds_nothing_about_participants_and_no_mail() -> None:
    registered = {model._meta.label for model in admin.site._registry}
    hidden = {"ngrl.Participant", "ngrl.Sample", "ngrl.Family", "kernel.OutboxMessage", "kernel.AuditEvent"}
    assert not registered & hidden


def test_admin__does_not_show_what_a_key_could_be_compared_with(root: Client) -> None:
    from accounts.models import ApiToken
    from tests.factories.accounts import make_token

    token, _ = make_token(User.objects.get(email="ada@lectern.example"))
    page = root.get(reverse("admin:accounts_apitoken_change", args=[token.pk]))
    assert page.status_code == 200
    assert ApiToken.objects.get(pk=token.pk).digest not in page.text


def test_superuser__sees_no_project_and_no_task_of_governance(root: Client) -> None:
    text = root.get("/").text
    assert "My projects" not in text
    assert "PRJ-" not in text


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?password__startswith=md5",
        "accounts/apitoken/?digest__startswith=a",
        "research_env/query/?question__genes__0__startswith=HGNC",
        "research_env/queryresult/?variants_path__contains=a",
    ],
)
def test_admin__tells_by_no_filter_what_its_pages_leave_out(root: Client, address: str) -> None:
    assert root.get(f"/django-admin/{address}").status_code == 400


def test_admin__filters_that_a_list_offers_work(root: Client) -> None:
    assert "ada@lectern.example" in root.get("/django-admin/accounts/user/?is_active__exact=1").text
    assert "ada@lectern.example" not in root.get("/django-admin/accounts/user/?is_active__exact=0").text
    assert root.get("/django-admin/research_env/query/?release__id__exact=1").status_code == 200


def test_keys__are_shown_to_nobody() -> None:
    """Whoever reads the seed of a second factor can give it in its owner's name."""
    assert "mfa.Authenticator" not in {model._meta.label for model in admin.site._registry}
