"""Drafts lapse, and the clock's suspensions say what for."""

from importlib import import_module

from django.db import migrations, models

EARLIER = import_module("access_review.migrations.0004_what_was_decided_stays")
PAIRS = f"{EARLIER.PAIRS} draft>lapsed returned>lapsed deferred>lapsed"


def _function(pairs: str) -> str:
    return EARLIER.FUNCTIONS[1].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace("PAIRS", pairs)


KEEP_WHAT_IS_THERE = """
UPDATE access_review_application SET lapses_at = now() + interval '60 days'
WHERE status IN ('draft', 'returned', 'deferred');
"""


class Migration(migrations.Migration):
    dependencies = [("access_review", "0004_what_was_decided_stays")]

    operations = [
        migrations.RemoveConstraint(
            model_name="application",
            name="what_was_sent_has_its_date",
        ),
        migrations.AddField(
            model_name="application",
            name="lapses_at",
            field=models.DateTimeField(blank=True, help_text="Only while the team has it in hand", null=True),
        ),
        migrations.AddField(
            model_name="project",
            name="stopped_for",
            field=models.CharField(
                blank=True,
                choices=[("lead", "No lead has access to data"), ("report", "The yearly report is missing")],
                help_text="What the clock suspended it for, if the clock did",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("submitted", "Submitted"),
                    ("triage", "In triage"),
                    ("returned", "Returned"),
                    ("in_review", "In review"),
                    ("conditional", "Approved with conditions"),
                    ("approved", "Approved"),
                    ("deferred", "Deferred"),
                    ("declined", "Declined"),
                    ("appealed", "Appealed"),
                    ("dismissed", "Appeal dismissed"),
                    ("withdrawn", "Withdrawn"),
                    ("lapsed", "Lapsed"),
                ],
                default="draft",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["draft", "withdrawn", "lapsed"]), ("submitted_at__isnull", False), _connector="OR"
                ),
                name="what_was_sent_has_its_date",
            ),
        ),
        migrations.RunSQL(_function(PAIRS), _function(EARLIER.PAIRS)),
        migrations.RunSQL(KEEP_WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
