"""Puts our own site in the place of Django's admin."""

from django.contrib.admin.apps import AdminConfig


class LecternAdminConfig(AdminConfig):
    """Django's admin with our site: every app's admin.py registers with it."""

    default_site = "portal.admin_site.LecternAdminSite"
