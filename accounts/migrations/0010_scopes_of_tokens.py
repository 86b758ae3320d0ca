"""What a token may do. Those that are there may go on doing everything, until they expire within 30 days."""

from __future__ import annotations

import django.contrib.postgres.fields
from django.db import migrations, models

EVERYTHING = [
    "profile:read",
    "visas:read",
    "catalogue:read",
    "projects:read",
    "queries:read",
    "queries:write",
    "applications:read",
    "applications:write",
    "panels:read",
    "panels:write",
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_orcid_and_registration"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=EVERYTHING,
                help_text="What it may do (portal.kernel.scopes).",
                size=None,
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("scopes__len__gt", 0)),
                name="token_may_do_something",
            ),
        ),
    ]
