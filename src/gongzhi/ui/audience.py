"""Who may open which shell: the roles of the packs say it."""

from gongzhi.core.definitions import queries
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.permissions.actor import Actor, HeldPost


def shells_of(actor: Actor) -> set[str]:
    """The shells (`desk`, `field`, `portal`) that the roles of the actor's posts open."""
    return {shell for post in actor.posts for shell in _shells(post)}


def _shells(post: HeldPost) -> list[str]:
    try:
        return list(queries.get(Role, post.role, region_code=post.region_code).body.shells)
    except LookupError:  # a role that no pack defines any more opens nothing
        return []
