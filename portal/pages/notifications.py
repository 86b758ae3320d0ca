"""A person's notifications: unread first; reading is a POST, following a link is not."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.kernel.inbox import mark_read
from portal.kernel.models import Notification
from portal.navigation import Tab

PAGE_SIZE = 25
_LONGEST_NUMBER = 18  # digits; of thousands Python makes no number


@require_safe
@login_required
def notification_list(request: HttpRequest) -> HttpResponse:
    """Everything the person was told, or with ?show=unread what is new."""
    rows = Notification.objects.visible_to(request.user)
    unread_count = rows.unread().count()
    only_unread = request.GET.get("show") == "unread"
    chosen = rows.unread() if only_unread else rows
    page = Paginator(chosen.order_by(F("read_at").desc(nulls_first=True), "-created_at", "-pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    tabs = [Tab("All", request.path, not only_unread), Tab("Unread", "?show=unread", only_unread, unread_count)]
    context = {"page": page, "tabs": tabs, "only_unread": only_unread, "unread_count": unread_count}
    return render(request, "portal/notification_list.html", context)


@require_POST
@login_required
def notification_read(request: HttpRequest) -> HttpResponse:
    """Mark one notification as read (`number`), or without a number all of them."""
    number = request.POST.get("number", "")
    is_number = number.isdecimal() and len(number) <= _LONGEST_NUMBER
    count = mark_read(request.user, int(number)) if is_number else 0 if number else mark_read(request.user)
    if not number:
        messages.success(request, f"{count} marked as read." if count else "There was nothing new to mark.")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "notification-list")
