"""The public register: projects, publications and figures of the service, as pages and as files."""

from __future__ import annotations

from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from access_review.listings import PROJECT_TONES, PUBLICATIONS, REGISTER, published_word, standing
from access_review.models import Project, Publication
from access_review.policies import can_keep_register, can_suspend_project, is_secretary
from access_review.selectors import granted_datasets, registered, service_figures
from access_review.views import clean
from portal.kernel.listing import Download
from portal.kernel.sheets import csv_line


@require_safe
def project_register(request: HttpRequest) -> HttpResponse:
    """All projects: searched, filtered, sorted, twenty a page."""
    downloads = [
        Download("CSV", reverse("access_review:register-csv")),
        Download("JSON", reverse("access_review:register-json")),
        Download("RSS", reverse("access_review:register-rss")),
    ]
    listing = REGISTER.page(request, registered(), downloads=downloads)
    return render(request, "access_review/register.html", {"listing": listing})


@require_safe
def project_public(request: HttpRequest, reference: str) -> HttpResponse:
    """What everybody may know of one project."""
    project = get_object_or_404(registered(), reference=clean(reference))
    publications = list(project.publications.all())
    actions = []
    if project.status != Project.Status.CLOSED and can_suspend_project(request.user, project):
        action = "suspend" if project.status == Project.Status.ACTIVE else "resume"
        url = reverse("access_review:project-standing", args=[project.reference, action])
        actions = [{"label": f"{action.capitalize()} this project", "url": url}]
    if project.status != Project.Status.CLOSED and is_secretary(request.user):
        url = reverse("access_review:project-successor", args=[project.reference])
        actions.append({"label": "Name another lead", "url": url})
    context = {
        "project": project,
        "standing": standing(project),
        "tone": PROJECT_TONES[project.status],
        "datasets": list(granted_datasets(project)),
        "publications": publications,
        "actions": actions,
    }
    return render(request, "access_review/project_public.html", context)


@require_safe
def project_bioschemas(request: HttpRequest, reference: str) -> JsonResponse:
    """The project as Bioschemas JSON-LD, at an address of its own: no page of the house holds a script."""
    project = get_object_or_404(registered(), reference=clean(reference))
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ResearchProject",
        "identifier": project.reference,
        "name": project.title,
        "description": project.lay_summary,
        "url": request.build_absolute_uri(reverse("access_review:project-public", args=[project.reference])),
        "foundingDate": f"{timezone.localdate(project.starts_at)}",
        "subjectOf": [
            {"@type": "ScholarlyArticle", "name": each.title, "url": each.url} for each in project.publications.all()
        ],
    }
    return JsonResponse(about, content_type="application/ld+json")


COLUMNS = (
    "reference",
    "title",
    "lay_summary",
    "lead_organisation",
    "community",
    "purpose",
    "status",
    "publication",
    "approved",
    "ends",
)


def _row(project: Project) -> dict[str, str]:
    """One line of the files, with the names of COLUMNS."""
    return {
        "reference": project.reference,
        "title": project.title,
        "lay_summary": project.lay_summary,
        "lead_organisation": project.lead_institution,
        "community": project.domain.name if project.domain else "",
        "purpose": project.purpose,
        "status": standing(project),
        "publication": published_word(project),
        "approved": f"{timezone.localdate(project.starts_at)}",
        "ends": f"{timezone.localdate(project.ends_at)}",
    }


@require_safe
def register_csv(request: HttpRequest) -> HttpResponse:
    """The whole register; a cell that a spreadsheet would run is quoted."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="projects.csv"'
    rows = [list(_row(project).values()) for project in registered().order_by("reference")]
    answer.writelines(csv_line(line, ending="\r\n") for line in [COLUMNS, *rows])
    return answer


@require_safe
def register_json(request: HttpRequest) -> JsonResponse:
    """The whole register."""
    return JsonResponse({"projects": [_row(project) for project in registered().order_by("reference")]})


class NewProjects(Feed):  # type: ignore[type-arg]  # not subscriptable at run time
    """The newest projects, for feed readers."""

    title = "New projects in Lectern"
    description = "Projects that were approved, the newest first."

    def link(self) -> str:
        """The page of the register."""
        return reverse("access_review:register")

    def items(self) -> QuerySet[Project]:
        """The newest fifty."""
        return registered().order_by("-starts_at", "-pk")[:50]

    def item_title(self, item: Any) -> str:
        return escape(f"{item.reference} {item.title}")

    def item_description(self, item: Any) -> str:
        return escape(item.lay_summary)

    def item_link(self, item: Project) -> str:
        return reverse("access_review:project-public", args=[item.reference])

    def item_pubdate(self, item: Project) -> Any:
        return item.starts_at


register_rss = require_safe(NewProjects())


@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """What came out of the projects."""
    listing = PUBLICATIONS.page(request, Publication.objects.prefetch_related("projects"))
    context = {"listing": listing, "may_import": can_keep_register(request.user, None)}
    return render(request, "access_review/publications.html", context)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How long decisions take, what they were, what is late."""
    return render(request, "access_review/figures.html", {"figures": service_figures()})
