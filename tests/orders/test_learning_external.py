"""Routing on real records that are no part of the project: better than the majority, and knowing only the past."""

import csv
from pathlib import Path

import pytest

from gongzhi.capabilities.orders.learning.routing import fit_routing

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "dispatch"
FACTS = ("event_type", "main_type", "sub_type", "street", "community", "source", "property")


@pytest.mark.external_data
def test_routing_of_the_last_fifth_by_time() -> None:
    if not DATA.is_dir():
        pytest.skip("there is no ../shared/data")
    with (DATA / "records.csv").open(encoding="utf-8-sig", newline="") as held:
        records = sorted(csv.DictReader(held), key=lambda row: row["create_time"])
    with (DATA / "dim_disposeunit.csv").open(encoding="utf-8-sig", newline="") as held:
        unit = {row["name"]: row["aID"] for row in csv.DictReader(held)}
    cut = len(records) * 4 // 5
    model = fit_routing(
        [({name: row[name] for name in FACTS}, unit[row["dispose_unit"]]) for row in records[:cut]]
    )
    latest = {unit[row["dispose_unit"]]: row["dispose_unit"] for row in records[:cut]}
    told = [
        [
            latest[post]
            for post, _share in model.ranked({name: row[name] for name in FACTS}, among=set(latest))
        ]
        for row in records[cut:]
    ]
    truth = [row["dispose_unit"] for row in records[cut:]]
    assert sum(line[0] == name for line, name in zip(told, truth, strict=True)) / len(truth) >= 0.56
    assert sum(name in line for line, name in zip(told, truth, strict=True)) / len(truth) >= 0.82
