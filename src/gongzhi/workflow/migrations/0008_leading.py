"""A matter that was merged names the leading one, and whoever sees it learns how that one goes on."""

from django.db import migrations, models

from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

# Only a merger that a post told of counts: the column alone, which whoever reported could write, opens nothing.
LED_BY = f"""
CREATE FUNCTION workflow_led_by(p_matter uuid)
RETURNS TABLE (id uuid, number varchar, flow_id uuid, state varchar, outcome varchar, due_at timestamptz,
               closed_at timestamptz, steps jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT l.id, l.number, l.flow_id, l.state, l.outcome, l.due_at, l.closed_at,
         (SELECT coalesce(jsonb_agg(jsonb_build_array(e.step, e.recorded_at) ORDER BY e.id), '[]')
            FROM (SELECT e.id, e.data ->> 'step' AS step, e.recorded_at FROM events_event e
                   WHERE e.thread = l.id AND e.data ? 'step' ORDER BY e.id DESC LIMIT 100) e)
    FROM (SELECT m.id, m.leading FROM workflow_matter m
           WHERE m.id = p_matter AND m.leading IS NOT NULL AND m.sealed_to IS NULL AND ({matters.SEE})) m
    JOIN workflow_matter l ON l.id = m.leading AND l.sealed_to IS NULL
   WHERE EXISTS (SELECT FROM events_event e WHERE e.thread = m.id AND e.post IS NOT NULL
                    AND e.data ->> 'leading' = l.id::text)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0007_open_matters")]
    operations = [
        migrations.AddField(model_name="matter", name="leading", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(condition=models.Q(("leading__isnull", False)), fields=["leading"], name="matter_led"),
        ),
        *[migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, LED_BY]],
    ]
