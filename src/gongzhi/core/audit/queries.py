"""Reading who read personal data. Row-level security shows one's own readings, and those of the places one audits."""

from uuid import UUID

from gongzhi.core.audit.models import PersonalDataRead

PAGE = 50


def readings(interval: tuple[int, int], *, after: UUID | None = None) -> list[PersonalDataRead]:
    """The readings in a place, the newest first; one more than PAGE where there are more."""
    found = PersonalDataRead.objects.filter(region_code__range=interval)
    if after is not None:
        found = found.filter(id__lt=after)
    return list(found.order_by("-id")[: PAGE + 1])
