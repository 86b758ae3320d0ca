"""Count the people of releases that were published before figures were kept: once, as they consent today."""

from django.db import migrations

_OF = "FROM ngrl_sample s JOIN ngrl_participant p ON p.id = s.participant_id JOIN ngrl_release r ON r.id = s.release_id"
_BY = """
INSERT INTO ngrl_publiccount (release_id, breakdown, category, people)
SELECT r.id, '{breakdown}', {category}, count(*) {of} JOIN ngrl_dataset d ON d.id = s.dataset_id
WHERE p.consent_withdrawn_at IS NULL AND r.status <> 'loading' GROUP BY r.id, {category}
"""
_LIBRARY = f"""
INSERT INTO ngrl_librarycount (counted_at, people)
SELECT now(), count(DISTINCT p.id) {_OF}
WHERE p.consent_withdrawn_at IS NULL AND r.status = 'published' HAVING count(*) > 0
"""
_CATEGORIES = {"sex": "p.sex", "ancestry": "p.ancestry", "dataset": "d.name"}
COUNT = [_BY.format(breakdown=name, category=column, of=_OF) for name, column in _CATEGORIES.items()]


class Migration(migrations.Migration):
    dependencies = [("ngrl", "0003_public_counts")]

    operations = [migrations.RunSQL([*COUNT, _LIBRARY], migrations.RunSQL.noop)]
