"""The triggers that make an unexplained change impossible, for use in migrations."""

GUARD = """
CREATE FUNCTION events_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'GZ001';
  END IF;
  IF TG_OP = 'INSERT' AND NEW.event_id IS NULL AND TG_NARGS > 0
     AND session_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN NEW;  -- reference rows that the owner installs
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW.id <> OLD.id OR NEW.version <> OLD.version + 1 OR NEW.event_id IS NOT DISTINCT FROM OLD.event_id THEN
      RAISE EXCEPTION 'a change of % must name a new event and the next version', TG_TABLE_NAME
        USING ERRCODE = 'GZ001';
    END IF;
  ELSIF NEW.version <> 1 THEN
    RAISE EXCEPTION 'a new row of % starts at version 1', TG_TABLE_NAME USING ERRCODE = 'GZ001';
  END IF;
  PERFORM 1 FROM events_event e JOIN events_eventsubject s ON s.event_id = e.id
   WHERE e.id = NEW.event_id AND e.xid = pg_current_xact_id()
     AND s.table_name = TG_TABLE_NAME AND s.row_id = NEW.id AND s.version = NEW.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a change of % has no event of this transaction that names it', TG_TABLE_NAME
      USING ERRCODE = 'GZ001';
  END IF;
  RETURN NEW;
END $$
"""

STAMP = """
CREATE FUNCTION events_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER events_stamp BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION events_stamp()
"""

APPEND_ONLY = """
CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'GZ002';
END $$
"""

SUBJECT_CHANGED = """
CREATE FUNCTION events_subject_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE reached integer;
BEGIN
  IF NOT EXISTS (SELECT FROM events_event e WHERE e.id = NEW.event_id AND e.xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'event % is over: nothing is added to it', NEW.event_id USING ERRCODE = 'GZ003';
  END IF;
  EXECUTE format('SELECT version FROM %I WHERE id = $1', NEW.table_name) INTO reached USING NEW.row_id;
  IF reached IS NULL OR reached < NEW.version THEN
    RAISE EXCEPTION 'event % names a change of % that did not happen', NEW.event_id, NEW.table_name
      USING ERRCODE = 'GZ003';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER events_subject_changed AFTER INSERT ON events_eventsubject
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_subject_changed()
"""


def append_only(table: str) -> list[str]:
    """Statements that refuse UPDATE, DELETE and TRUNCATE of `table`, whoever asks."""
    return [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION events_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()",
    ]


def track(table: str, *, installable: bool = False) -> list[str]:
    """Statements that let `table` change only together with an event that names the change.

    `installable`: the owner may insert reference rows without an event (official divisions).
    """
    argument = "'installable'" if installable else ""
    return [
        f"CREATE TRIGGER {table}_guard BEFORE INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION events_guard({argument})",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()",
    ]
