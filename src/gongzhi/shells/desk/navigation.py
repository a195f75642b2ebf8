"""The desk's own pages in its navigation; capabilities stand before them."""

from django.utils.translation import gettext_lazy as _

from gongzhi.shells.desk.pages import desk_people, with_rights
from gongzhi.shells.desk.registry import entries
from gongzhi.ui.registry import Entry


def register() -> None:
    """Register people, posts, regions, definitions and the audit."""
    readers = with_rights("see_people", "manage_posts")
    for entry in (
        Entry("people", _("人员"), "users", "desk_people", readers, 60),
        Entry("posts", _("岗位"), "id", "desk_posts", readers, 61),
        Entry("regions", _("区划网格"), "grid-dots", "desk_regions", desk_people, 70),
        Entry("audit", _("查阅记录"), "shield", "desk_audit", with_rights("see_audit"), 80),
        Entry("definitions", _("本地规则"), "file-text", "desk_definitions", desk_people, 90),
    ):
        entries.register(entry)
