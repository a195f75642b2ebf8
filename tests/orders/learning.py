"""A made-up county's history to learn from, and how the tests train."""

from typing import Any
from uuid import UUID

from gongzhi.capabilities.orders.commands import Asked, correct_category
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.teaching import Told, train_county
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import placed

SAYINGS = {
    "street_light": [
        "村口的灯黑了",
        "路边的灯杆倒了",
        "夜里一片黑看不见",
        "灯泡一闪一闪的",
        "那盏灯不亮已经久了",
    ],
    "rubbish": ["臭东西堆在沟边", "清运车好久不来", "到处是塑料袋", "桶满了没人倒", "脏水横流气味难闻"],
}
"""What no lexicon need know: the tests learn it."""


def history(each: int = 35, **more: Any) -> list[UUID]:
    """Orders of two categories, each named by the desk."""
    made = []
    for at in range(each):
        for category, sayings in SAYINGS.items():
            place = f"{'东西南北中'[at % 5]}头第{'一二三四五六七'[at % 7]}家"
            words = f"{sayings[at % len(sayings)]}，{place}，{sayings[(at // 5) % len(sayings)]}"
            order_id, _receipt = placed(text=words, **more)
            corrected(order_id, category)
            made.append(order_id)
    return made


def corrected(order_id: UUID, category: str) -> None:
    """The desk says what the order is about."""
    with enter(person_id=cast.find("desk").person_id) as actor:
        correct_category(actor=actor, asked=Asked(order_id), category=category)


def trained(*, anyway: bool = True) -> Told:
    """Train the county of the cast."""
    post = platform_posts(cast.VILLAGE)[0]
    return train_county(post.id, post.region_code, anyway=anyway)
