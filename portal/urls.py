"""Every address of the portal."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.views import SignInView
from panelapp.views import moved
from portal.demo_people import EVERYBODY
from portal.pages import demo, gallery, getting_access, health, home, notifications, status, well_known, words

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("accounts.urls")),
    path("", include("access_review.urls")),
    path("airlock/", include("airlock.file_urls")),
    path("notifications/", notifications.notification_list, name="notification-list"),
    path("notifications/read/", notifications.notification_read, name="notification-read"),
    path("help/", words.help_page, name="help"),
    path("accessibility/", words.accessibility, name="accessibility"),
    path("privacy/", words.privacy, name="privacy"),
    path("deadlines/", words.deadlines, name="deadlines"),
    path("status/", status.system_status, name="system-status"),
    path("healthz", health.health, name="health"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path(".well-known/jwks.json", well_known.jwks, name="jwks"),
    path("getting-access/", getting_access.getting_access, name="getting-access"),
    path("environment/", include("research_env.urls")),
    path("airlock/", include("airlock.urls")),
    path("send/", include("airlock.outside_urls")),
    path("data/", include("ngrl.urls")),
    path("genes/", include("panelapp.urls")),
    path("panels/", include("panelapp.panel_urls")),
    path("api/", include("portal.api_urls")),
    re_path(r"^WebServices/(?P<rest>.*)$", moved.web_services, name="web-services"),
    path("django-admin/", admin.site.urls),
]

if settings.SHOWS_GALLERY:
    urlpatterns.append(path("ui/", gallery.gallery, name="ui-gallery"))

if settings.DEMO:
    urlpatterns = [
        path("sign-in/", SignInView.as_view(extra_context={"demo_people": EVERYBODY}), name="sign-in"),
        path("demo/sign-in/", demo.sign_in, name="demo-sign-in"),
        path("demo/mail/", demo.mail_list, name="demo-mail-list"),
        path("demo/mail/<str:name>/<int:number>/", demo.mail_message, name="demo-mail-message"),
        *urlpatterns,
    ]
