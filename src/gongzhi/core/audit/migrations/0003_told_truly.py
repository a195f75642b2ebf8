"""A reading is told of a person whom the reader sees, or of a search by one of his posts; of a case, workflow asks."""

from django.db import migrations

from gongzhi.core.permissions import sql

TRULY = f"""
CREATE POLICY audit_personaldataread_truly ON audit_personaldataread AS RESTRICTIVE FOR INSERT WITH CHECK (
  (post IS NULL OR {sql.one_of("post", sql.POSTS)})
  AND CASE
    WHEN person IS NOT NULL THEN EXISTS (
      SELECT FROM people_person p WHERE p.id = person AND p.region_code = audit_personaldataread.region_code)
    WHEN thread IS NULL THEN EXISTS (
      SELECT FROM people_post p WHERE {sql.one_of("p.id", sql.POSTS)} AND p.region_code = audit_personaldataread.region_code)
    ELSE true END)
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_policies"), ("permissions", "0004_attended")]
    operations = [migrations.RunSQL(TRULY, migrations.RunSQL.noop)]
