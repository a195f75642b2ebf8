"""What follows a region, and joint villages, change with an event too; regions change where posts are managed."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

MANAGED = {
    "regions_region": sql.within("manage_posts", "code"),
    "regions_jointvillage": sql.within("manage_posts"),
    "regions_jointvillagemember": sql.within("manage_posts"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_guards_and_policies"),
        ("regions", "0002_functions"),
    ]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            *events.track("regions_succession", installable=True),
            *events.track("regions_jointvillage"),
            *events.track("regions_jointvillagemember"),
            *sql.policies(
                "regions_succession",
                select="true",
                insert=f"{sql.within('manage_posts', 'predecessor_code')} "
                f"AND {sql.within('manage_posts', 'successor_code')}",
            ),
            *[
                statement
                for table, managed in MANAGED.items()
                for statement in sql.policies(table, select="true", insert=managed, update=managed)
            ],
        ]
    ]
