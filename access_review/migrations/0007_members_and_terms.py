"""Invitations to projects, terms of datasets by two people, one change of a project at a time, minor changes on record."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import portal.kernel.clock

EARLIER = import_module("access_review.migrations.0004_what_was_decided_stays")
LAPSING = import_module("access_review.migrations.0005_drafts_lapse")
PAIRS = f"{LAPSING.PAIRS} conditional>withdrawn"
UNDER_WAY = ["draft", "returned", "deferred", "submitted", "triage", "in_review", "conditional", "appealed"]

# The secretariat decides on a change that touches nothing of what was approved, so nobody votes on it.
OF_TRIAGE = "stands = 'triage' AND NEW.outcome = 'decline'"
OF_TRIAGE_NOW = "stands = 'triage' AND (NEW.outcome = 'decline' OR NEW.outcome = 'approve' AND changes IS NOT NULL)"


def _decisions(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _decisions_now(function: str) -> str:
    changed = function.replace(OF_TRIAGE, OF_TRIAGE_NOW).replace(
        "DECLARE stands text;", "DECLARE stands text; changes bigint;"
    )
    return _decisions(
        changed.replace(
            "SELECT application.status INTO stands",
            "SELECT application.status, application.amends_id INTO stands, changes",
        )
    )


TERMS = "(dataset_id, permission, modifiers, diseases, ontology, reason, proposed_by_id, proposed_at)"
TERMS_STAY = f"""
CREATE TRIGGER access_review_datause_stays BEFORE UPDATE ON access_review_datause FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL OR
      {TERMS.replace("(", "(OLD.").replace(", ", ", OLD.")} IS DISTINCT FROM
      {TERMS.replace("(", "(NEW.").replace(", ", ", NEW.")})
EXECUTE FUNCTION access_review_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0004_public_figures_are_left_in_groups"),
        ("access_review", "0006_lead_seen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, help_text="When it was answered or taken back", null=True),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="access_review.project",
                    ),
                ),
            ],
            options={"ordering": ("invited_at", "pk")},
        ),
        migrations.AddConstraint(
            model_name="projectinvitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("project", "email"), name="one_invitation_per_address"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="extended_at",
            field=models.DateTimeField(blank=True, help_text="When the chair gave the review more time", null=True),
        ),
        migrations.RemoveConstraint(model_name="application", name="one_open_amendment_per_project"),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", UNDER_WAY)),
                fields=("amends",),
                name="one_open_amendment_per_project",
            ),
        ),
        migrations.AlterField(
            model_name="datause",
            name="dataset",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="data_uses", to="ngrl.dataset"
            ),
        ),
        migrations.AddField(
            model_name="datause",
            name="ontology",
            field=models.CharField(default="2021-02-23", help_text="Release of the Data Use Ontology", max_length=10),
        ),
        migrations.AddField(
            model_name="datause",
            name="reason",
            field=models.TextField(default="Written down by one person.", help_text="Where the terms are written"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="datause",
            name="proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="datause",
            name="proposed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="datause",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # Terms from before were in force without a second person; they stay so until they are written anew.
        migrations.AddField(
            model_name="datause",
            name="approved_at",
            field=models.DateTimeField(blank=True, default=portal.kernel.clock.now, null=True),
        ),
        migrations.AlterField(
            model_name="datause",
            name="approved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(model_name="datause", name="ended_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AlterModelOptions(name="datause", options={"ordering": ("-proposed_at", "-pk")}),
        migrations.AddConstraint(
            model_name="datause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("approved_at__isnull", False), ("ended_at", None)),
                fields=("dataset",),
                name="one_data_use_in_force_per_dataset",
            ),
        ),
        migrations.AddConstraint(
            model_name="datause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("approved_at", None), ("ended_at", None)),
                fields=("dataset",),
                name="one_data_use_waits_per_dataset",
            ),
        ),
        migrations.AddConstraint(
            model_name="datause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="data_use_is_approved_by_another",
            ),
        ),
        migrations.RunSQL(TERMS_STAY, "DROP TRIGGER access_review_datause_stays ON access_review_datause;"),
        migrations.RunSQL(LAPSING._function(PAIRS), LAPSING._function(LAPSING.PAIRS)),
        migrations.RunSQL(_decisions_now(EARLIER.FUNCTIONS[2]), _decisions(EARLIER.FUNCTIONS[2])),
    ]
