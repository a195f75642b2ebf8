"""What the database itself guarantees, read from its catalogues."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from gongzhi.project import database

pytestmark = pytest.mark.django_db
HERE = "relnamespace = current_schema()::regnamespace"

OPEN_TO_ALL = {
    "regions_alias": "divisions are public",
    "regions_tally": "counts of public divisions, which a trigger keeps",
    "orders_intake": "counts under keyed digests, forgotten after a day",
    "definitions_pack": "what governs is public",
    "definitions_definition": "what governs is public",
    "definitions_current": "what governs is public",
    "definitions_installation": "the epoch is public",
    "permissions_roleright": "what a role may do is public",
    "people_account": "read before anybody is known; holds the sign-in alone",
}
"""Tables of ours without row-level security, each with its reason. They hold no person and no matter."""

SEEN_BY_ALL = {
    "people_post",
    "regions_region",
    "regions_succession",
    "regions_jointvillage",
    "regions_jointvillagemember",
}
"""Guarded against writing; who is responsible, and where, everybody may read."""

OPEN_WRITES = {
    "events_eventsubject.a": "a deferred trigger asks whether the event made that version of the row",
    "mfa_authenticator.w": "a code is used up before its owner is known; a trigger keeps all else",
}
WIDENED = {
    ("events_event", "r"): "of the register by who audits it, of a case by who sees it",
    ("audit_personaldataread", "r"): "of a place by who audits it, of a sealed case by its post, of oneself",
    ("orders_follower", "r"): "of a place by who works there, by its receipt, and one's own while signed in",
}
AS_OWNER = {
    "permissions_enter": "sets the scope of whoever the application knows: the root of trust (decision 0003)",
    "permissions_enter_system": "enters platform and sealed posts alone",
    "permissions_scope": "called by the two above; tells and opens no more than they do",
    "permissions_scope_of": "called by the one above; tells and opens no more than it does",
    "permissions_attended": "tells whether posts are held, never by whom",
    "permissions_another_sealed": "tells whether there is a second holder, never who",
    "command_register": "takes one new person without numbers, by nobody, in no case",
    "command_open": "tells that an invited sign-in was opened, and nothing else",
    "desk_feed_person": "tells whose calendar a token of 256 bits opens, to whoever presents it",
    "desk_own_asked": "counts the caller's own events",
    "desk_unit_asked": "counts for a county what five posts of five people or more did, in a month that is over",
    "desk_write": "takes rows of the caller's own desk alone, with events of no case and no place",
    "workflow_known": "tells whether an id is a matter's",
    "workflow_sealed": "tells whether a matter that somebody can name is sealed",
    "workflow_works_on": "asks the policies' own conditions",
    "workflow_give": "takes rows of matters that the caller works on, and those that belong to them",
    "workflow_open_tasks": "counts unsealed tasks of posts that the caller manages",
    "workflow_open_matters": "counts unsealed matters of places that the caller manages",
    "orders_offers": "shows kind and village of open orders to helpers of the place",
    "orders_take": "takes an offered order for one of the caller's posts",
    "orders_count_intake": "counts under keys, and tells the counts",
    "orders_loose_photos": "tells which of the given paths no row names",
    "orders_sees": "asks the policies' own conditions",
    "orders_search": "asks them of every order before its id is told",
    "orders_alike": "asks who sees the order and each of those that are alike; sealed ones never",
    "workflow_led_by": "tells where a leading order stands to whoever sees one that a post merged into it",
    "orders_offered": "tells what the desk released of open orders that are not sealed, village and grid of 100 m",
    "orders_shown_photo": "tells a photo's path while consent and release stand",
    "orders_follow": "takes one follower's row under the caller's own receipt, or blanks it",
    "orders_followed": "tells where the order stands that the caller's receipt follows, and no words of its reporter",
    "orders_may_erase": "asks who reported it, the right, or the platform by itself, once it is closed",
    "orders_erasable": "tells ids, versions and paths of an order that the caller works on",
    "orders_erase": "lets nothing but blanks pass, where orders_may_erase says so",
    "orders_outcomes": "counts a place's unsealed orders, and tells no row where there are fewer than five",
    "orders_bind": "takes the caller's own WeChat address, told at his own place, in no case",
    "orders_wechat_of": "tells the platform by itself where the person of an order that it sees is reached",
    "orders_forget_wechat": "blanks a person's address for him, who keeps his entry, or by term the platform",
    "orders_forget": "blanks the contacts of a person whom the caller is, or whose entry he keeps",
}
"""What runs as the owner when the web role calls it, each with what it checks itself."""


def rows(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def our_tables() -> set[str]:
    labels = {name.rsplit(".", 1)[1] for name in settings.FLOORS}
    return {
        table for (table,) in all_tables() if table.split("_")[0] in labels and table != database.CACHE_TABLE
    }


def all_tables() -> list[tuple]:
    return rows(f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND {HERE}")


@pytest.mark.django_db(databases=["default", "owner"])
def test_every_model_is_migrated() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_every_table_of_people_or_matters_has_row_level_security_with_a_policy_for_each_verb() -> None:
    secured = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity")}
    verbs: dict[str, set[str]] = {}
    for table, verb in rows("SELECT relname, polcmd FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid"):
        verbs.setdefault(table, set()).add(verb)
    tables = our_tables() - set(OPEN_TO_ALL)
    assert len(tables) > 15
    assert sorted(tables - secured) == []
    assert {table: verbs.get(table) for table in tables if verbs.get(table) != set("rawd")} == {}


def test_no_policy_lets_everybody_write() -> None:
    """A permissive policy opens, a restrictive one only narrows; nothing opens a write to whoever asks."""
    open_to_all = {
        f"{table}.{verb}"
        for table, verb, condition in rows(
            "SELECT relname, polcmd, coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid))"
            " FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE polpermissive"
        )
        if verb != "r" and condition == "true"
    }
    assert open_to_all == OPEN_WRITES.keys()


def test_what_opens_a_table_is_one_policy_a_verb() -> None:
    """A second permissive policy widens the first: each stands here with its reason."""
    several = rows(
        "SELECT relname, polcmd FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid"
        " WHERE polpermissive GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert set(several) == WIDENED.keys()


def test_whoever_runs_as_the_owner_is_known() -> None:
    """Functions that step past row-level security and that the web role may call, each with what it checks itself."""
    found = {
        name
        for (name,) in rows(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace"
            " AND prorettype <> 'trigger'::regtype AND has_function_privilege(oid, 'EXECUTE')"
        )
        if not name.startswith(database.JOBS)
    }
    assert sorted(found ^ AS_OWNER.keys()) == []


def test_no_exception_is_left_over() -> None:
    secured = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity")}
    assert sorted(set(OPEN_TO_ALL) & secured) == []
    assert sorted(set(OPEN_TO_ALL) - our_tables()) == []


def test_without_any_setting_no_row_is_seen() -> None:
    guarded = our_tables() - set(OPEN_TO_ALL) - SEEN_BY_ALL
    assert [table for table in sorted(guarded) if rows(f'SELECT 1 FROM "{table}" LIMIT 1')] == []


def test_policies_read_settings_once_a_statement() -> None:
    bare = [
        f"{table}.{name}"
        for table, name, condition in rows(
            "SELECT tablename, policyname, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies"
        )
        if condition.count("current_setting(") != condition.lower().count("nullif(current_setting(")
    ]
    assert bare == []


def test_the_web_role_owns_nothing_and_cannot_bypass() -> None:
    with connection.cursor() as cursor:
        assert database.role_faults(cursor) == []
    assert rows("SELECT row_security_active('workflow_matter')") == [(True,)]


def test_the_web_role_may_do_exactly_what_is_listed() -> None:
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    wrong = {}
    for (table,) in all_tables():
        given = {
            verb for verb in verbs if rows("SELECT has_table_privilege(%s, %s)", f'"{table}"', verb)[0][0]
        }
        meant = set(database.grants_for(table).split(", "))
        if given != meant:
            wrong[table] = sorted(given ^ meant)
    assert wrong == {}


def test_lists_of_grants_name_real_tables() -> None:
    named = database.APPEND_ONLY | database.DELETABLE | database.READ_ONLY | database.FULL_USE
    assert sorted(named - {table for (table,) in all_tables()}) == []


def test_no_row_of_a_person_or_matter_can_be_deleted() -> None:
    keeps = {model._meta.db_table for model in apps.get_models() if hasattr(model, "event_id")}
    assert len(keeps) > 8
    assert keeps & (database.DELETABLE | database.FULL_USE) == set()


def test_functions_that_run_as_the_owner_fix_their_search_path() -> None:
    loose = rows(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace"
        " AND NOT coalesce(array_to_string(proconfig, ','), '') LIKE '%%search_path=%%pg_temp%%'"
    )
    assert loose == []


def test_no_view_steps_past_row_level_security() -> None:
    views = rows(
        f"SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND {HERE}"
        " AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))"
    )
    assert views == []


def test_no_schema_is_named_in_the_code() -> None:
    from tests.architecture.source import python_files, shown

    named = [
        shown(path) for path in python_files(migrations=True) if "public." in path.read_text(encoding="utf-8")
    ]
    assert named == []
