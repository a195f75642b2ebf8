"""A message is found by the id that its provider gave it, when the provider tells what became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_retention")]
    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("provider_id", ""), _negated=True), fields=["provider_id"], name="delivery_provider"
            ),
        ),
    ]
