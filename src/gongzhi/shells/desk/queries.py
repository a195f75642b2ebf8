"""Reading what belongs to those who sit at the desk; row-level security shows each his own alone."""

from gongzhi.shells.desk.models import SavedView


def views_of(page: str) -> list[SavedView]:
    """The actor's own views of a list, in their order."""
    return list(SavedView.objects.filter(page=page, removed_at__isnull=True).order_by("position", "id"))
