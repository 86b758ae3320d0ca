"""What the demo alone has: its people at a press, its mail, its gallery. Elsewhere there is not even an address."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import clear_url_caches, reverse
from pytest_django import Settings

import portal.urls
from portal.demo_people import DEMO_PEOPLE

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def demo(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    """A browser on a portal with the demo's addresses."""
    settings.DEMO = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    _reload_addresses()
    yield Client()
    settings.DEMO = False
    _reload_addresses()


def _reload_addresses() -> None:
    importlib.reload(portal.urls)
    clear_url_caches()


def _send(subject: str, text: str, to: str = "ada@lectern.example") -> None:
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend")
    message = EmailMultiAlternatives(subject, text, to=[to], connection=connection)
    message.attach_alternative("<p>HTML</p>", "text/html")
    message.send()


def test_sign_in_page__offers_every_demo_person(demo: Client) -> None:
    text = demo.get(reverse("sign-in")).text
    assert all(person.display_name in text and f'value="{person.key}"' in text for person in DEMO_PEOPLE)


@pytest.mark.parametrize("key", [person.key for person in DEMO_PEOPLE])
def test_demo_sign_in__is_one_press_with_the_second_factor_given(demo: Client, key: str) -> None:
    assert demo.post(reverse("demo-sign-in"), {"person": key}).headers["Location"] == "/"
    assert [record["method"] for record in demo.session["account_authentication_methods"]] == ["mfa"]
    assert demo.get("/account/").status_code == 200


@pytest.mark.parametrize(("wanted", "given"), [("/account/", "/account/"), ("https://evil.example/", "/")])
def test_demo_sign_in__goes_on_inside_the_portal_only(demo: Client, wanted: str, given: str) -> None:
    response = demo.post(reverse("demo-sign-in"), {"person": "ada", "next": wanted})
    assert response.headers["Location"] == given


def test_demo_sign_in__nobody_else_and_not_by_a_link(demo: Client) -> None:
    assert demo.post(reverse("demo-sign-in"), {"person": "root"}).status_code == 404
    assert demo.post(reverse("demo-sign-in")).status_code == 404
    assert demo.get(reverse("demo-sign-in")).status_code == 405


def test_demo_mail__is_listed_newest_first_and_read_as_text(demo: Client) -> None:
    assert "No mail yet" in demo.get(reverse("demo-mail-list")).text
    _send("First message", "Open http://testserver/account/ now.")
    _send("Second message", "<script>alert(1)</script> Grüße", to="ben@lectern.example")
    page = demo.get(reverse("demo-mail-list")).text
    assert page.index("Second message") < page.index("First message")
    links = [part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/demo/mail/2")]
    second, first = (demo.get(link).text for link in links)
    assert '<a href="http://testserver/account/"' in first
    assert "&lt;script&gt;" in second
    assert "Grüße" in second
    assert "<script>alert" not in second


@pytest.mark.parametrize(
    "address",
    ["/demo/mail/20260101-000000-1.log/1/", "/demo/mail/..%2f..%2fetc%2fpasswd/1/", "/demo/mail/x/1/"],
)
def test_demo_mail__a_file_that_is_no_mail_does_not_exist(demo: Client, address: str, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "x").write_text("Subject: secret\n\nsecret")
    assert demo.get(address).status_code == 404


def test_demo_mail__survives_a_broken_file(demo: Client, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "20260101-000000-1.log").write_bytes(b"\xff\xfe\x00 Date: never\nContent-Type: x/y; =\n\n\x00")
    page = demo.get(reverse("demo-mail-list"))
    assert page.status_code == 200
    assert demo.get("/demo/mail/20260101-000000-1.log/1/").status_code == 200


def test_without_demo__the_sign_in_page_offers_nobody() -> None:
    text = Client().get(reverse("sign-in")).text
    assert "demo" not in text.lower()
    assert not any(person.display_name in text for person in DEMO_PEOPLE)


PROBE = """
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import resolve, Resolver404, NoReverseMatch, reverse
assert not settings.DEMO and not settings.SHOWS_GALLERY and not settings.DEBUG
for address in ("/demo/sign-in/", "/demo/mail/", "/demo/mail/20260101-000000-1.log/1/", "/ui/"):
    try:
        resolve(address)
    except Resolver404:
        continue
    raise SystemExit(f"{address} is there")
for name in ("demo-sign-in", "demo-mail-list", "ui-gallery"):
    try:
        reverse(name)
    except NoReverseMatch:
        continue
    raise SystemExit(f"{name} is there")
page = Client().get("/sign-in/", secure=True).content.decode()
assert "Sign in" in page, page
assert "demo" not in page.lower(), page
print("nothing of the demo")
"""


def test_production__has_neither_the_addresses_nor_the_buttons(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "LECTERN_SECRET_KEY": "p" * 50,
        "LECTERN_PSEUDONYM_KEY": "dGVzdHMtb25seS1wc2V1ZG9ueW0ta2V5LTMyLWJ5dGU=",
        "LECTERN_HOME": str(tmp_path),
        "LECTERN_HOSTS": "testserver",
        "CLAMD_ADDRESS": "tcp://scanner.invalid:3310",
    }
    for command in (["-m", "django", "collectstatic", "--noinput", "-v0"], ["-c", PROBE]):
        result = subprocess.run(  # a process of its own: settings cannot be changed in this one
            [sys.executable, *command], env=env, cwd=live_settings.BASE_DIR, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr + result.stdout
    assert result.stdout == "nothing of the demo\n"
