"""What was wrong in the resident's eyes: codes of the pack's closed list, beside the stars."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_notices")]
    operations = [
        migrations.AddField(model_name="order", name="complaints", field=models.JSONField(default=list)),
    ]
