"""Erasing what an order holds of a person: through functions that know who may, and let nothing but erasing pass."""

import json

from django.db import migrations

from gongzhi.core.permissions import sql

BLANK = json.dumps(
    {
        "orders_orderwords": {"title": "", "text": "", "place_text": "", "bigrams": []},
        "orders_ordercontact": {"name": "", "phone_enc": None, "phone_index": None, "share": False},
        "orders_message": {"text": ""},
        "orders_photo": {"path": "", "sha256": ""},
        "orders_order": {"lon": None, "lat": None, "reasons": []},
    }
)

# The resident sees no note among staff, and what he said must go from there too: so the rows are told here, no content.
ERASABLE = """
CREATE FUNCTION orders_erasable(p_order uuid)
RETURNS TABLE (kept_in text, id uuid, version integer, path varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT r.* FROM (
    SELECT 'orders_orderwords', id, version, '' FROM orders_orderwords WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_ordercontact', id, version, '' FROM orders_ordercontact
     WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_message', id, version, '' FROM orders_message WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_photo', id, version, path FROM orders_photo WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_order', id, version, '' FROM orders_order
     WHERE id = p_order AND (lon IS NOT NULL OR lat IS NOT NULL OR reasons <> '[]')) r
   WHERE workflow_works_on(p_order)
$$
"""

MAY_ERASE = f"""
CREATE FUNCTION orders_may_erase(p_order uuid, p_contact_alone boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- whoever reported it: the contact at any time, the rest once it is closed; a post with the right: once it is closed
  SELECT EXISTS (SELECT FROM workflow_matter m WHERE m.id = p_order AND (
    (m.reporter = {sql.ACTOR} OR m.receipt_hash = {sql.RECEIPT}) AND (p_contact_alone OR m.closed_at IS NOT NULL)
    OR m.closed_at IS NOT NULL AND EXISTS (
         SELECT FROM people_post p JOIN permissions_roleright r ON r.role = p.role AND r."right" = 'erase_words'
          WHERE {sql.one_of("p.id", sql.POSTS)}
            AND CASE WHEN m.sealed_to IS NULL THEN m.region_code <@ regions_reach(p.region_code, p.region_level::integer)
                     ELSE m.sealed_to = p.id AND {sql.one_of("p.id", sql.SEALED)} END)))
$$
"""

# The digest of a command's content would tell whoever guesses the words that the guess is right.
ERASE = f"""
CREATE FUNCTION orders_erase(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE erased uuid := (p -> 'event' ->> 'thread')::uuid; item jsonb; owner uuid; alone boolean;
  blank constant jsonb := '{BLANK}';
BEGIN
  SELECT coalesce(bool_and(i ->> 'table' = 'orders_ordercontact'), false) INTO alone
    FROM jsonb_array_elements(p -> 'rows') AS i;
  IF command_forged(p) OR (workflow_works_on(erased) AND orders_may_erase(erased, alone)) IS NOT TRUE
     OR p -> 'event' ->> 'name' IS DISTINCT FROM
          (CASE WHEN alone THEN 'order.contact_erased' ELSE 'order.erased' END) THEN
    RETURN '42501';
  END IF;
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') LOOP
    owner := NULL;
    IF item ->> 'op' = 'update' AND (item -> 'row') - '{{id,version,event_id,erased_at}}'::text[] = blank -> (item ->> 'table')
       AND (item ->> 'table' = 'orders_order' OR item -> 'row' ->> 'erased_at' IS NOT NULL) THEN
      EXECUTE format('SELECT %I FROM %I WHERE id = $1',
                     CASE item ->> 'table' WHEN 'orders_order' THEN 'id' ELSE 'matter_id' END, item ->> 'table')
        INTO owner USING (item -> 'row' ->> 'id')::uuid;
    END IF;
    IF owner IS DISTINCT FROM erased THEN
      RETURN '42501';
    END IF;
  END LOOP;
  IF NOT alone THEN
    UPDATE command_commandkey SET digest = '', answer = '{{}}'
     WHERE subject_id = erased AND client_id::text IS DISTINCT FROM p -> 'event' ->> 'client_id';
  END IF;
  RETURN command_write(p);
END $$
"""

# What a person left on orders goes when he is forgotten, whoever may see those orders: they are named to nobody.
FORGET = f"""
CREATE FUNCTION orders_forget(p_person uuid, p_events uuid[], p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE found record; done integer := 0; answer text;
BEGIN
  FOR found IN
    SELECT c.id, c.version, c.matter_id, m.region_code
      FROM people_person p
      JOIN orders_ordercontact c ON c.erased_at IS NULL
      JOIN workflow_matter m ON m.id = c.matter_id
     WHERE p.id = p_person AND (p.id = {sql.PERSON} OR {sql.within("edit_people", "p.region_code")})
       AND (c.phone_index = p.phone_index OR m.reporter = p.pseudonym)
     ORDER BY c.id LIMIT cardinality(p_events) FOR UPDATE OF c
  LOOP
    done := done + 1;
    answer := command_write(jsonb_build_object(
      'event', jsonb_build_object('id', p_events[done], 'name', 'order.contact_erased', 'actor', {sql.ACTOR},
        'thread', found.matter_id, 'region_code', found.region_code, 'occurred_at', p_at, 'recorded_at', p_at,
        'data', '{{"reason": "person_erased"}}'::jsonb),
      'rows', jsonb_build_array(jsonb_build_object('op', 'update', 'table', 'orders_ordercontact', 'row',
        '{{"name": "", "phone_enc": null, "phone_index": null, "share": false}}'::jsonb || jsonb_build_object(
          'id', found.id, 'version', found.version + 1, 'event_id', p_events[done], 'erased_at', p_at)))));
    IF answer <> '' THEN
      RAISE EXCEPTION 'a contact was not erased: %', answer USING ERRCODE = 'GZ409';
    END IF;
  END LOOP;
  RETURN done = cardinality(p_events);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_search"), ("workflow", "0005_sealed_readings"), ("command", "0004_register_unforged")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, ERASABLE, MAY_ERASE, ERASE, FORGET]
    ]
