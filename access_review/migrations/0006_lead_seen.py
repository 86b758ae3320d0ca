"""When the clock last saw a lead of a project who has access to data."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access_review", "0005_drafts_lapse")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="lead_seen_at",
            field=models.DateTimeField(
                blank=True, help_text="When the clock last saw a lead who has access to data", null=True
            ),
        ),
    ]
