"""The audit log: the whole of it for auditors, for everybody else what they did."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import policies, services
from accounts.forms import AuditFilter
from accounts.gates import reader_of
from accounts.listings import AUDIT_LOG, OWN_ACTS, narrow_audit
from accounts.selectors import audit_events_seen_by
from accounts.views.files import csv_stream
from portal.kernel.access import require
from portal.kernel.audit_chain import current_seal
from portal.kernel.listing import Download


@require_safe
@login_required
def audit_log(request: HttpRequest) -> HttpResponse:
    """Events, the newest first."""
    sees_all = policies.can_read_whole_log(request.user, None)
    listing, downloads = (AUDIT_LOG, [_download(request)]) if sees_all else (OWN_ACTS, [])
    context = {
        "listing": listing.page(request, audit_events_seen_by(request.user), downloads=downloads),
        "sees_all": sees_all,
        "seal": current_seal() if sees_all else None,
    }
    return render(request, "accounts/audit_log.html", context)


@require_safe
@login_required
def audit_file(request: HttpRequest) -> StreamingHttpResponse:
    """The events that the filters leave, as CSV; that it was taken is an event itself."""
    require(policies.can_read_whole_log, reader_of(request), None)
    form = AuditFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    events = narrow_audit(audit_events_seen_by(request.user), chosen)
    rows = services.export_audit_log(actor=reader_of(request), chosen=events)
    return csv_stream("audit-log.csv", services.AUDIT_COLUMNS, rows)


def _download(request: HttpRequest) -> Download:
    asked = request.GET.copy()
    for name in ("page", "sort"):
        asked.pop(name, None)
    query = f"?{asked.urlencode()}" if asked else ""
    return Download("These events as CSV", reverse("audit-file") + query)
