"""The database's own epoch: new after a restore alone, where that of the definitions is new after each installation."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("definitions", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="installation",
            name="database",
            field=models.UUIDField(default=uuid.uuid4),
        )
    ]
