"""How far the first publication of a project is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access_review", "0008_a_reason_for_each_dataset")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="publishing",
            field=models.CharField(
                blank=True,
                choices=[
                    ("draft", "Publication in draft"),
                    ("submission", "Publication in submission"),
                    ("review", "Publication under review"),
                ],
                max_length=12,
            ),
        ),
    ]
