"""Who may see and change a matter, as SQL, for the policies of workflow and of the capabilities above it."""

from gongzhi.core.permissions import sql

MINE = f"reporter = {sql.ACTOR} OR receipt_hash = {sql.RECEIPT}"
SEALED_POST = f"(sealed_to IS NOT NULL AND {sql.one_of('sealed_to', sql.SEALED)})"


def _by_post(right: str) -> str:
    # holding a matter shows it until it is closed; after that only the place does
    held = f"(closed_at IS NULL AND {sql.one_of('holder_id', sql.POSTS)})"
    # without coalesce the planner takes every scope for one row in two hundred, and reads all there is to sort it
    return f"(sealed_to IS NULL AND (coalesce({sql.within(right)}, false) OR {held}))"


def _by_hand(right: str) -> str:
    # a post that has a task of its own in it sees it too, until it is closed
    held = f"(closed_at IS NULL AND ({sql.one_of('holder_id', sql.POSTS)} OR hands && ({sql.POSTS})::uuid[]))"
    return f"(sealed_to IS NULL AND (coalesce({sql.within(right)}, false) OR {held}))"


SEE = f"{_by_post('see_matters')} OR {SEALED_POST} OR {MINE}"
WORK = f"{_by_post('work_matters')} OR {SEALED_POST} OR {MINE}"
SEE_BY_HAND = f"{_by_hand('see_matters')} OR {SEALED_POST} OR {MINE}"
WORK_BY_HAND = f"{_by_hand('work_matters')} OR {SEALED_POST} OR {MINE}"
BELONGS = "belongs to a matter by "
BEGIN = f"(sealed_to IS NULL AND {sql.within('work_matters')}) OR {SEALED_POST} OR {MINE}"


def of_matter(column: str) -> str:
    """The condition that the matter named by `column` is visible: row-level security answers inside."""
    return f"EXISTS (SELECT FROM workflow_matter m WHERE m.id = {column})"


WORKS_ON = f"""
CREATE FUNCTION workflow_works_on(p_matter uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- a function keeps its plan, where a policy's condition is planned anew with each row that a command writes
  RETURN EXISTS (SELECT FROM workflow_matter WHERE id = p_matter AND ({SEE}) AND ({WORK}));
END $$
"""


def works_on(column: str) -> str:
    """The condition that the actor sees the matter named by `column`, and may work on it."""
    return f"workflow_works_on({column})"


def belonging(table: str, column: str) -> list[str]:
    """The policies of a table whose rows belong to a matter: seen by whoever sees it, written by whoever works on it.

    The comment tells `workflow_give` by which column they belong.
    """
    worked = works_on(f"{table}.{column}")
    return [
        *sql.policies(table, select=of_matter(f"{table}.{column}"), insert=worked, update=worked),
        f"COMMENT ON TABLE {table} IS '{BELONGS}{column}'",
    ]
