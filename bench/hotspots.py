"""Hot spots in 4,326 messages: how long, how many groups, the hottest in their own words, and how well gathered.

Reads ../shared/data, which is no part of this project, and says so where it is absent. There are no labels: what is
measured is near-duplicates (texts that share four fifths of their pairs) that lie in one group, and, for matters whose
proper name can be searched, how many of the messages that name them lie in one group and how many of that group do.
The weights of the rules were chosen with these named matters in view, so their figures flatter.
"""

import csv
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

from gongzhi.capabilities.orders.hotspots import HotSpot, Message, gathered, heat, hot_spots, named
from gongzhi.capabilities.orders.rules import bigrams

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "messages" / "hotspot_messages.csv"
ZONE = ZoneInfo("Asia/Shanghai")
SEEDS = {
    "伊景园 车位": ("伊景园", ("车位", "捆绑")),
    "丽发新城 搅拌站": ("丽发新城", ("搅拌", "水泥")),
    "魅力之城 油烟": ("魅力之城", ("油烟", "烧烤", "夜宵", "餐")),
    "58车贷": ("58车贷", ("",)),
    "绿地海外滩 高铁": ("海外滩", ("高铁", "铁路", "渝长厦", "长赣")),
    "人才补贴": ("人才", ("购房补贴", "住房补贴", "生活补贴", "租房")),
}
"""Matters that can be searched by name, and the words of which one must stand beside it."""
DUPLICATES = 0.8
text_of: dict[str, str] = {}


def main() -> int:
    """Gather, rank and print."""
    if not DATA.is_file():
        print(f"skipped: there is no {DATA}")
        return 0
    messages = _read()
    text_of.update({each.key: f"{each.title} {each.text}" for each in messages})
    now = max(each.at for each in messages)
    began = time.process_time()
    groups = gathered(messages)
    took = time.process_time() - began
    people = [len({each.who for each in group}) for group in groups]
    print(f"messages {len(messages)}, gathered in {took:.2f} s of one core")
    print(
        f"groups {len(groups)}; of 3 people or more {sum(count >= 3 for count in people)}, largest {max(people)}"
    )
    print(f"hottest on {now:%Y-%m-%d} (people, messages, heat):")
    for spot in hot_spots(messages, now=now)[:5]:
        _print(spot, spot.heat)
    print("hottest at any time:")
    for spot, most in _peaks(groups)[:5]:
        _print(spot, most)
    _judge(messages, groups)
    return 0


def _read() -> list[Message]:
    with DATA.open(encoding="utf-8-sig", newline="") as file:
        return [
            Message(
                row["留言编号"], row["留言主题"], row["留言详情"], row["留言用户"], _moment(row["留言时间"])
            )
            for row in csv.DictReader(file)
        ]


def _moment(text: str) -> datetime:
    date, _space, clock = text.strip().replace("-", "/").partition(" ")
    year, month, day = map(int, date.split("/"))
    hour, minute, second = (*map(int, (clock or "0:0:0").split(":")), 0)[:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=ZONE)


def _peaks(groups: list[list[Message]]) -> list[tuple[HotSpot, float]]:
    found = []
    for group in groups:
        people = len({each.who for each in group})
        if people >= 3:
            most = max(heat([m for m in group if m.at <= each.at], now=each.at) for each in group)
            found.append((HotSpot(tuple(group), people, most, named(group)), most))
    return sorted(found, key=lambda each: -each[1])


def _print(spot: HotSpot, degrees: float) -> None:
    first, last = spot.messages[0].at, spot.messages[-1].at
    words = "、".join(spot.words)
    print(
        f"  {spot.people:3} {len(spot.messages):3} {degrees:6.2f}  {first:%Y-%m-%d}..{last:%Y-%m-%d}  {words}"
    )


def _judge(messages: list[Message], groups: list[list[Message]]) -> None:
    number_of = {each.key: number for number, group in enumerate(groups) for each in group}
    pairs = _near_duplicates(messages)
    together = sum(number_of[one] == number_of[two] for one, two in pairs)
    print(f"near-duplicate pairs {len(pairs)}, in one group {together} ({together / max(1, len(pairs)):.1%})")
    print(
        "named matters: messages that name it, part of them in its best group, part of that group that names it"
    )
    for title, (name, words) in SEEDS.items():
        told = {key for key, text in text_of.items() if name in text and any(word in text for word in words)}
        if not told:
            continue
        best, inside = Counter(number_of[key] for key in told).most_common(1)[0]
        naming = sum(name in text_of[each.key] for each in groups[best])
        print(
            f"  {title}: {len(told)}, recall {inside / len(told):.2f}, precision {naming / len(groups[best]):.2f}"
        )
    print(
        "not known: how many matters there are; whether messages that use other words for one matter are together"
    )


def _near_duplicates(messages: list[Message]) -> list[tuple[str, str]]:
    grams = {each.key: frozenset(bigrams(text_of[each.key])) for each in messages}
    rare: dict[str, list[str]] = defaultdict(list)
    counts = Counter(gram for each in grams.values() for gram in each)
    for key, each in grams.items():
        for gram in sorted(each, key=lambda gram: (counts[gram], gram))[: max(8, len(each) // 4)]:
            rare[gram].append(key)
    found = {pair for keys in rare.values() if len(keys) <= 60 for pair in combinations(keys, 2)}
    return [
        (one, two)
        for one, two in found
        if len(grams[one] & grams[two]) >= DUPLICATES * len(grams[one] | grams[two])
    ]


if __name__ == "__main__":
    sys.exit(main())
