"""The words of row-level security, used by migrations.

Every policy reads the transaction's settings in a sub-select (evaluated once a statement) and through NULLIF:
where nothing was set there is no row. `permissions_enter` sets them.
"""

APPEND_ONLY = {"events_event", "events_eventsubject", "audit_personaldataread"}
"""Tables in which the web role may add and read, never change."""

DELETABLE = {"django_session", "command_commandkey", "mfa_authenticator", "orders_intake"}
"""Tables from which the web role may delete: none of them holds a person's or a matter's record."""

READ_ONLY = {
    "definitions_definition",
    "definitions_pack",
    "definitions_current",
    "definitions_installation",
    "permissions_roleright",
    "regions_alias",
    "regions_tally",
    "django_migrations",
    "django_content_type",
}
"""Tables that only the owner writes, at installation."""

RIGHTS = {
    "see_matters": "gz.see",
    "work_matters": "gz.work",
    "see_people": "gz.people",
    "edit_people": "gz.edit",
    "manage_posts": "gz.manage",
    "see_audit": "gz.audit",
}
"""Each right that has a place, and the setting that holds its intervals."""


def setting(name: str, kind: str) -> str:
    """The SQL that reads one setting, once a statement, NULL where it was not set."""
    return f"(SELECT NULLIF(current_setting('{name}', true), '')::{kind})"


ACTOR = setting("gz.actor", "uuid")
PERSON = setting("gz.person", "uuid")
POSTS = setting("gz.posts", "uuid[]")
SEALED = setting("gz.sealed", "uuid[]")
RECEIPT = setting("gz.receipt", "text")
MANAGED = setting(RIGHTS["manage_posts"], "int8multirange")
OWN_KEY = (
    f"CASE WHEN {ACTOR} IS NOT NULL THEN 'p:' || {ACTOR}::text "
    f"WHEN {RECEIPT} IS NOT NULL THEN 'r:' || {RECEIPT} "
    f"ELSE 's:' || ({POSTS})[1]::text END"
)
"""Under which the actor's client ids are kept; `Actor.key` says the same in Python."""


def within(right: str, column: str = "region_code") -> str:
    """The SQL condition that `column` lies where the actor has `right`."""
    return f"{column} <@ {setting(RIGHTS[right], 'int8multirange')}"


def one_of(column: str, setting_sql: str) -> str:
    """The SQL condition that `column` is one of a setting's ids."""
    return f"{column} = ANY ({setting_sql}::uuid[])"


def policies(table: str, *, select: str, insert: str = "false", update: str = "false") -> list[str]:
    """Statements that switch row-level security on for `table` with a policy for each verb; DELETE is refused."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_select ON {table} FOR SELECT USING ({select})",
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK ({insert})",
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE USING ({update}) WITH CHECK ({update})",
        f"CREATE POLICY {table}_delete ON {table} FOR DELETE USING (false)",
    ]


FIX_SEARCH_PATH = "SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true)"
"""Run before a SECURITY DEFINER function is made `SET search_path FROM CURRENT`: no schema is named in code."""
