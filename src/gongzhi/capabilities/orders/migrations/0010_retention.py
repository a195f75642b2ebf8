"""The platform erases of closed orders, not sealed ones, what is past its term; the sealed posts could already."""

from django.db import migrations, models

from gongzhi.core.permissions import sql

MAY_ERASE = f"""
CREATE OR REPLACE FUNCTION orders_may_erase(p_order uuid, p_contact_alone boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- whoever reported it: the contact at any time, the rest once it is closed; a post with the right, and the platform by
  -- itself: once it is closed
  SELECT EXISTS (SELECT FROM workflow_matter m WHERE m.id = p_order AND (
    (m.reporter = {sql.ACTOR} OR m.receipt_hash = {sql.RECEIPT}) AND (p_contact_alone OR m.closed_at IS NOT NULL)
    OR m.closed_at IS NOT NULL AND m.sealed_to IS NULL AND {sql.ACTOR} IS NULL AND EXISTS (
         SELECT FROM people_post p
          WHERE {sql.one_of("p.id", sql.POSTS)} AND p.role = 'platform'
            AND m.region_code <@ regions_reach(p.region_code, p.region_level::integer))
    OR m.closed_at IS NOT NULL AND EXISTS (
         SELECT FROM people_post p JOIN permissions_roleright r ON r.role = p.role AND r."right" = 'erase_words'
          WHERE {sql.one_of("p.id", sql.POSTS)}
            AND CASE WHEN m.sealed_to IS NULL THEN m.region_code <@ regions_reach(p.region_code, p.region_level::integer)
                     ELSE m.sealed_to = p.id AND {sql.one_of("p.id", sql.SEALED)} END)))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_complaints")]
    operations = [
        *(
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [sql.FIX_SEARCH_PATH, MAY_ERASE]
        ),
        migrations.AddIndex(
            model_name="ordercontact",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True)), fields=["order"], name="contact_kept"
            ),
        ),
    ]
