"""Who read of a person is told to that person (个人信息保护法 45); of a case, workflow tells whoever opened it."""

from django.db import migrations, models

from gongzhi.core.permissions import sql

OWN = f"CREATE POLICY audit_personaldataread_own ON audit_personaldataread FOR SELECT USING (person = {sql.PERSON})"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_told_truly")]
    operations = [
        migrations.RunSQL(OWN, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="personaldataread",
            index=models.Index(condition=models.Q(("person__isnull", False)), fields=["person"], name="read_person"),
        ),
        migrations.AddIndex(
            model_name="personaldataread",
            index=models.Index(condition=models.Q(("thread__isnull", False)), fields=["thread"], name="read_case"),
        ),
    ]
