"""Who follows an order while signed in is shown that he does (个人信息保护法 45): his own row, nothing of the order."""

from django.db import migrations

from gongzhi.core.permissions import sql

OWN = f"CREATE POLICY orders_follower_own ON orders_follower FOR SELECT USING (follower = {sql.ACTOR})"


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_hands")]
    operations = [migrations.RunSQL(OWN, migrations.RunSQL.noop)]
