"""Rebuild `static/vendor/` from npm packages: for maintainers who raise a version; the site itself never needs Node."""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

VENDOR = Path(__file__).resolve().parents[3] / "static" / "vendor"

# The licensed typeface, the crown, the crest and the GOV.UK header and footer are left out on purpose:
# they are reserved for services of the British government (decision 1).
STYLES = """
@use "govuk-frontend/dist/govuk/base" as * with (
  $govuk-font-family: (system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif),
  $govuk-include-default-font-face: false,
  $govuk-global-styles: true,
  $govuk-page-width: 1180px,
  $govuk-button-background-colour: #0b5f6b,
  $govuk-typography-scale: (
    80: (null: (font-size: 32px, line-height: 38px), tablet: (font-size: 40px, line-height: 46px),
         print: (font-size: 28pt, line-height: 1.1)),
    48: (null: (font-size: 26px, line-height: 32px), tablet: (font-size: 32px, line-height: 40px),
         print: (font-size: 22pt, line-height: 1.15)),
    36: (null: (font-size: 24px, line-height: 30px), tablet: (font-size: 28px, line-height: 36px),
         print: (font-size: 19pt, line-height: 1.15)),
    27: (null: (font-size: 20px, line-height: 26px), tablet: (font-size: 22px, line-height: 28px),
         print: (font-size: 15pt, line-height: 1.15)),
    24: (null: (font-size: 19px, line-height: 25px), tablet: (font-size: 20px, line-height: 26px),
         print: (font-size: 14pt, line-height: 1.15)),
    19: (null: (font-size: 16px, line-height: 24px), print: (font-size: 11pt, line-height: 1.3)),
    16: (null: (font-size: 14px, line-height: 20px), print: (font-size: 10pt, line-height: 1.3))
  ),
  $govuk-functional-colours: (
    brand: #0b5f6b, text: #1a222d, secondary-text: #4b5563, link: #0b5f6b, link-visited: #4c3a78,
    link-hover: #07343b, link-active: #10243e, border: #d5d1c7, input-border: #3c4756, hover: #d5d1c7,
    error: #a8201a, success: #1d6b3c, template-background: #f8f6f1, surface-background: #f8f6f1,
    surface-text: #1a222d, surface-border: #ddd7c9
  )
);
@use "govuk-frontend/dist/govuk/core";
@use "govuk-frontend/dist/govuk/objects";
"""
COMPONENTS = (
    "back-link",
    "breadcrumbs",
    "button",
    "character-count",
    "checkboxes",
    "date-input",
    "details",
    "error-message",
    "error-summary",
    "fieldset",
    "file-upload",
    "generic-header",
    "hint",
    "input",
    "inset-text",
    "label",
    "notification-banner",
    "pagination",
    "panel",
    "password-input",
    "radios",
    "select",
    "service-navigation",
    "skip-link",
    "summary-list",
    "table",
    "tag",
    "task-list",
    "textarea",
    "warning-text",
)


@dataclass(frozen=True)
class Package:
    """One npm package: its range, its licence, and which of its files we keep under which name ("" = not in it)."""

    name: str
    version_range: str
    licence: str
    folder: str
    files: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        name="govuk-frontend",
        version_range="~6.6.0",
        licence="MIT",
        folder="govuk-frontend",
        files=(
            ("", "govuk-frontend.min.css"),
            ("dist/govuk/govuk-frontend.min.js", "govuk-frontend.min.js"),
            ("", "LICENSE"),
        ),
    ),
    Package(
        name="htmx.org",
        version_range="~2.0.11",
        licence="0BSD",
        folder="htmx",
        files=(("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "LICENSE")),
    ),
    Package(
        name="accessible-autocomplete",
        version_range="~3.0.1",
        licence="MIT",
        folder="accessible-autocomplete",
        files=(
            ("dist/accessible-autocomplete.min.js", "accessible-autocomplete.min.js"),
            ("dist/accessible-autocomplete.min.css", "accessible-autocomplete.min.css"),
            ("LICENSE.txt", "LICENSE"),
        ),
    ),
)
SASS = "sass@^1.108"


class Command(BaseCommand):
    """Download the packages into a temporary folder, build the style sheet, copy the files, write the list."""

    help = "Rebuild static/vendor/ from npm (needs node and npm; for maintainers who raise a version)."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch: `--list-only` rewrites the list from the files that are there."""
        parser.add_argument("--list-only", action="store_true", help="only rewrite vendor.json and VENDORED.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or say which program is missing."""
        if not options["list_only"]:
            if shutil.which("npm") is None or shutil.which("node") is None:
                raise CommandError("Install Node 20 or later with npm first: this command builds from npm packages.")
            with tempfile.TemporaryDirectory() as workshop:
                rebuild(Path(workshop))
        entries = write_list()
        self.stdout.write(f"static/vendor: {len(entries)} packages listed in vendor.json and VENDORED.md")


def rebuild(workshop: Path) -> None:
    """Fill `static/vendor/<name>-<version>/` with fresh copies and drop the older versions."""
    wanted = [f"{package.name}@{package.version_range}" for package in PACKAGES]
    _run(workshop, "npm", "init", "-y")
    _run(workshop, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", SASS, *wanted)
    for package in PACKAGES:
        source = workshop / "node_modules" / package.name
        version = re.search(r'"version":\s*"([0-9][^"]*)"', (source / "package.json").read_text())
        if version is None:
            raise CommandError(f"{package.name}: package.json names no version.")
        texts = {name: _text(package, origin, name, workshop) for origin, name in package.files}
        for older in VENDOR.glob(f"{package.folder}-[0-9]*"):
            shutil.rmtree(older)
        target = VENDOR / f"{package.folder}-{version[1]}"
        target.mkdir(parents=True)
        for name, text in texts.items():
            # A source map that we do not ship would be a broken link in the file.
            (target / name).write_text(re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$\n?", "", text))


def write_list() -> list[dict[str, Any]]:
    """Write `vendor.json` (for the test that re-hashes) and `VENDORED.md` (for people) from the files present."""
    entries = [_entry(package, folder) for package in PACKAGES for folder in VENDOR.glob(f"{package.folder}-[0-9]*")]
    (VENDOR / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")
    lines = [
        "# Vendored front-end files",
        "",
        "Copies of other people's work, served from our own origin. `python manage.py vendor_assets` rebuilds them;",
        "a test compares every file with its sha256 here. Changes to the originals: source map links are removed;",
        "GOV.UK Frontend's style sheet is built from its Sass with our colours, sizes and system fonts, without the",
        "licensed typeface, the crown, the crest, or the GOV.UK header and footer.",
        "",
    ]
    for entry in entries:
        lines += [f"## {entry['name']} {entry['version']} ({entry['licence']})", ""]
        lines += [f"- `{path}` sha256 `{digest}`" for path, digest in entry["files"].items()] + [""]
    (VENDOR / "VENDORED.md").write_text("\n".join(lines).rstrip() + "\n")
    return entries


def _entry(package: Package, folder: Path) -> dict[str, Any]:
    files = {f"{folder.name}/{name}": _sha256(folder / name) for _, name in package.files}
    version = folder.name.removeprefix(f"{package.folder}-")
    return {"name": package.name, "version": version, "licence": package.licence, "files": files}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text(package: Package, origin: str, name: str, workshop: Path) -> str:
    if origin:
        return (workshop / "node_modules" / package.name / origin).read_text()
    if name == "LICENSE":  # the npm package of GOV.UK Frontend carries none: the copy we have stays
        return next(VENDOR.glob(f"{package.folder}-[0-9]*/LICENSE")).read_text()
    return _style_sheet(name, workshop)


def _style_sheet(name: str, workshop: Path) -> str:
    uses = "".join(f'@use "govuk-frontend/dist/govuk/components/{component}";\n' for component in COMPONENTS)
    tail = '@use "govuk-frontend/dist/govuk/utilities";\n@use "govuk-frontend/dist/govuk/overrides";\n'
    (workshop / "build.scss").write_text(STYLES + uses + tail)
    sass = str(workshop / "node_modules" / ".bin" / "sass")
    _run(workshop, sass, "--style=compressed", "--no-source-map", "--load-path=node_modules", "build.scss", name)
    return (workshop / name).read_text()


def _run(workshop: Path, *command: str) -> None:
    result = subprocess.run(command, cwd=workshop, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise CommandError(f"`{' '.join(command)}` failed:\n{result.stderr[-2000:]}")
