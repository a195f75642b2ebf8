"""The database of an installation: who owns what in it, and what the web role may touch."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.utils import OperationalError, ProgrammingError
from psycopg import sql

from gongzhi.core.permissions.sql import APPEND_ONLY, DELETABLE, READ_ONLY
from gongzhi.project.refusal import Refusal

OLDEST_SERVER = 150000
JOBS = "procrastinate_"
CACHE_TABLE = "project_cache"
FULL_USE = {CACHE_TABLE, "account_emailaddress", "account_emailconfirmation"}
"""Tables of parts that we did not write, which delete their own rows. No person's or matter's record."""
OWNERS_OWN = {"auth_group", "auth_group_permissions", "auth_permission", "regions_tally"}
"""Django's own permissions (ours stand in posts and roles), and counts that a trigger keeps."""

Grants = dict[str, str]


class OwnerMigrates:
    """Reads and writes go to the web role; tables are made by the owner alone."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """The web role, unless the object came from elsewhere."""
        return None

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        """Both connections reach the same database."""
        return True

    def allow_migrate(self, alias: str, app_label: str, **hints: Any) -> bool:
        """Only the owner migrates."""
        return alias == "owner"


class PrepareError(Refusal):
    """The database cannot be made ready; the message says what to do."""


def prepare(*, verbosity: int = 0) -> None:
    """Bring the database to this release: itself, the web role, the tables, and what that role may do.

    Refuses (PrepareError) when the server is too old, or the owner may not make the web role.
    """
    if not settings.EXTERNAL_DATABASE:
        make_database(connections["owner"].settings_dict["NAME"])
    owner = connections["owner"]
    owner.ensure_connection()
    if owner.connection.info.server_version < OLDEST_SERVER:
        raise PrepareError("Gongzhi needs PostgreSQL 15 or newer.")
    _make_web_role(owner)
    call_command("migrate", database="owner", verbosity=verbosity, interactive=False)
    call_command("createcachetable", database="owner", verbosity=0)
    grant(owner)


def make_database(name: str) -> None:
    """Make the database on the server where it is missing."""
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def grant(owner: BaseDatabaseWrapper) -> None:
    """Give the web role exactly what it needs on every table; what was given before is taken back first."""
    role = sql.Identifier(web_role())
    with owner.cursor() as cursor:
        schema = _scalar(cursor, "SELECT current_schema()")
        names = {"role": role, "schema": sql.Identifier(schema), "db": sql.Identifier(_database(cursor))}
        cursor.execute(sql.SQL(";").join(_statements(_tables(cursor), names)))


def grants_for(table: str) -> str:
    """What the web role may do with a table, as the words of GRANT."""
    if table.startswith(JOBS) or table in FULL_USE:
        return "SELECT, INSERT, UPDATE, DELETE"
    if table in READ_ONLY or table in OWNERS_OWN:
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE" if table in DELETABLE else "SELECT, INSERT, UPDATE"


def web_role() -> str:
    """The name of the role that serves requests and jobs."""
    return str(connections["default"].settings_dict["USER"])


def role_faults(cursor: CursorWrapper) -> list[str]:
    """Why this connection's role could step past row-level security, in words; empty when it cannot."""
    faults: list[str] = []
    cursor.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    powers = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION")
    faults.extend(f"it has {word}" for has, word in zip(cursor.fetchone(), powers, strict=True) if has)
    cursor.execute(
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'S')"
        " AND pg_has_role(relowner, 'MEMBER') AND relnamespace = current_schema()::regnamespace"
    )
    if owned := cursor.fetchone()[0]:
        faults.append(f"it owns {owned} tables, or is a member of the role that does")
    return faults


def _make_web_role(owner: BaseDatabaseWrapper) -> None:
    role, password = web_role(), connections["default"].settings_dict["PASSWORD"]
    attributes = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {}")
    with owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            return
        create = sql.SQL("CREATE ROLE {} ").format(sql.Identifier(role)) + attributes.format(
            sql.Literal(password)
        )
        try:
            cursor.execute(create)
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") == "42710":  # somebody made it just now
                return
            raise PrepareError(
                f"The owner may not make the role {role}. Let the server's administrator run "
                f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…' and give its address in "
                "DATABASE_WEB_URL."
            ) from error
        except OperationalError as error:
            raise PrepareError(f"The role {role} could not be made: {error}") from error


def _statements(tables: Iterable[str], names: dict[str, sql.Identifier]) -> Iterable[sql.Composed]:
    shared = (
        "REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {db} TO {role}",
        "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM PUBLIC, {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {role}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    )
    for text in shared:
        yield sql.SQL(text).format(**names)
    for table in tables:
        line = sql.SQL("GRANT {what} ON {schema}.{table} TO {role}")
        yield line.format(what=sql.SQL(grants_for(table)), table=sql.Identifier(table), **names)


def _tables(cursor: CursorWrapper) -> list[str]:
    """Tables, and the views that read with the reader's rights: others step past row-level security."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND (relkind IN ('r', 'p') OR relkind = 'v' AND 'security_invoker=true' = ANY (reloptions))"
        " ORDER BY relname"
    )
    return [row[0] for row in cursor.fetchall()]


def _database(cursor: CursorWrapper) -> str:
    return str(_scalar(cursor, "SELECT current_database()"))


def _scalar(cursor: CursorWrapper, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()[0]
