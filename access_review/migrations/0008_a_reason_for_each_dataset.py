"""The form 2026.2 asks for a reason for each dataset: what drafts say of all of them is said of each."""

from typing import Any

from django.db import migrations


def split_reasons(apps: Any, schema_editor: Any) -> None:
    for answer in apps.get_model("access_review", "SectionAnswer").objects.filter(section__in=["datasets", "purpose"]):
        why, purpose = answer.values.get("why"), answer.values.get("purpose")
        if isinstance(why, str):
            answer.values["why"] = {slug: why for slug in answer.values.get("datasets") or [] if why}
        if purpose == "0000015":
            answer.values["purpose"] = "methods"
        answer.save(update_fields=["values"])


class Migration(migrations.Migration):
    dependencies = [("access_review", "0007_members_and_terms")]

    operations = [migrations.RunPython(split_reasons, migrations.RunPython.noop)]
