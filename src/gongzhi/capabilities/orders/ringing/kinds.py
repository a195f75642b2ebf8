"""Which kind of order one press places: the urgent one that its words speak for, else the one that the pack names."""

from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.queries.proposing import decided
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found


def one_key_kind(region_code: int, text: str = "") -> Found[OrderKind] | None:
    """The kind for these words in a place; without words the one marked `one_key`. None where no kind is urgent."""
    urgent = [found for found in definitions.all_of(OrderKind, region_code=region_code) if found.body.urgent]
    category = decided(text, region_code).category if text.strip() else None
    fitting = [found for found in urgent if category in found.body.categories]
    named = [found for found in urgent if found.body.one_key]
    return next(iter([*fitting, *named, *urgent]), None)
