"""Which level leads a matter, and whether the county sent it down in a round."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflow", "0011_hands")]
    operations = [
        migrations.AddField("matter", "lead_level", models.SmallIntegerField(null=True)),
        migrations.AddField("round", "sent_down", models.BooleanField(default=False, db_default=False)),
    ]
