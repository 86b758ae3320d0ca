"""Who sees a panel before it is public, beside the curators."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.gates import reader_of
from accounts.models import User
from panelapp import policies
from panelapp.forms import ShareForm
from panelapp.listings import panel_url
from panelapp.models import Panel, PanelShare
from panelapp.services.sharing import hide_panel, show_panel
from panelapp.views import of_panel
from panelapp.views.acts import Act
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted
from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_show(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Show an internal panel to a person."""
    require(policies.can_edit_panel, request.user, panel)
    shares = PanelShare.objects.filter(content_object=panel).select_related("user").order_by("user__display_name")
    seen_by = [share.user for share in shares]
    act = Act(
        title="Show this panel to a person",
        caption=panel.name,
        button="Show panel",
        back=panel_url(panel.pk, "", "panel-work"),
        form=ShareForm(posted(request)),
        perform=lambda said: show_panel(actor=reader_of(request), panel=panel, person=_person(said["address"])),
        done="The person sees the panel, and is told.",
        explanation="Curators and the people named here see an internal panel. Whoever sees it and is a reviewer can "
        "review it. The grant counts only while the panel is internal.",
        facts=[("Shown to", ", ".join(person.display_name for person in seen_by) or "Nobody yet")],
        links=[(f"Stop showing it to {person.display_name}", panel_hide_url(panel, person)) for person in seen_by],
    )
    return carry_out(request, act)


def panel_hide_url(panel: Panel, person: User) -> str:
    """Where the showing ends."""
    return reverse("panels:panel-hide", args=[panel.pk, person.pk])


def _person(address: str) -> User:
    person = User.objects.filter(email=address.lower()).first()
    if person is None:
        raise InvalidInput("Nobody signs in with this address.", field="address")
    return person


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_hide(request: HttpRequest, panel: Panel, person: int) -> HttpResponse:
    """Stop showing it."""
    require(policies.can_edit_panel, request.user, panel)
    share = get_object_or_404(PanelShare.objects.select_related("user"), content_object=panel, user=person)
    act = Act(
        title=f"Stop showing this panel to {share.user.display_name}?",
        caption=panel.name,
        button="Stop showing it",
        back=panel_url(panel.pk, "", "panel-work"),
        form=HouseForm(posted(request)),
        perform=lambda said: hide_panel(actor=reader_of(request), panel=panel, person=share.user),
        done="The person does not see the panel any more.",
        explanation="What they wrote on it stays.",
        danger=True,
    )
    return carry_out(request, act)
