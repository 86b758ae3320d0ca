"""Production settings: nothing for Django's deployment check to say, and nothing of the demo in them."""

from __future__ import annotations

import json
import os
import string
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "LECTERN_SECRET_KEY": "only-for-this-test:" + string.ascii_letters,
    "LECTERN_PSEUDONYM_KEY": "dGVzdHMtb25seS1wc2V1ZG9ueW0ta2V5LTMyLWJ5dGU=",
    "LECTERN_HOSTS": "lectern.invalid",
    "DATABASE_URL": "postgres://lectern_web@localhost/lectern",
    "S3_BUCKET": "lectern",
    "S3_ENDPOINT_URL": "https://objects.invalid",
    "CLAMD_ADDRESS": "tcp://scanner.invalid:3310",
}
LOOK = """
import django, json
django.setup()
from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.urls import Resolver404, get_resolver, resolve
def there(address):
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
said_by_checks = run_checks(include_deployment_checks=True)
names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
print(json.dumps({
    "warnings": [str(said) for said in said_by_checks if said.level >= WARNING and not said.is_silenced()],
    "demo": settings.DEMO, "debug": settings.DEBUG, "mail": settings.EMAIL_BACKEND,
    "demo addresses": [a for a in ("/demo/sign-in/", "/demo/mail/") if there(a)],
    "demo names": [name for name in names if "demo" in name],
    "sign-in": there("/sign-in/"), "home": there("/"),
}))
"""


def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Python in the checkout, with production's environment and nothing of this test's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LECTERN_", "DATABASE_", "S3_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env={**kept, **PRODUCTION, **changed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_production__deployment_check_has_nothing_to_say_and_nothing_of_the_demo_is_there() -> None:
    """Warnings of Python are errors here too. `./test --gates` runs the same check by manage.py."""
    done = run("-c", LOOK)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "warnings": [],
        "demo": False,
        "debug": False,
        "mail": "django.core.mail.backends.smtp.EmailBackend",
        "demo addresses": [],
        "demo names": [],
        "sign-in": True,
        "home": True,
    }


@pytest.mark.parametrize(("name", "value"), [("LECTERN_SECRET_KEY", ""), ("LECTERN_PSEUDONYM_KEY", "too-short")])
def test_production__without_a_secret__does_not_start(name: str, value: str) -> None:
    done = run("-c", "import django; django.setup()", **{name: value})
    assert done.returncode != 0
    assert f"Set {name} to at least 32 random characters" in done.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"CLAMD_ADDRESS": ""}, "Set CLAMD_ADDRESS"),
        ({"LECTERN_DEMO_WITHOUT_SCANNER": "1"}, "Leave files unscanned in the demo only"),
    ],
)
def test_production__without_a_malware_scanner__does_not_start(changed: dict[str, str], said: str) -> None:
    done = run("-c", "import django; django.setup()", **changed)
    assert done.returncode != 0
    assert said in done.stderr
