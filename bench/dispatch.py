"""How well dispatch learns: categories of messages out of fold, and units of records by time.

Reads ../shared/data, which is no part of this project, and says so where it is absent. Nothing learned here is kept.
Everything fitted is fitted inside the folds: what is telling, the machine, the calibration. Nothing else is tuned.
"""

import csv
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402

from gongzhi.capabilities.orders.learning import calibration, features, routing, training  # noqa: E402

DATA = Path(os.environ.get("GONGZHI_BENCH_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FACTS = ("event_type", "main_type", "sub_type", "street", "community", "source", "property")
missed: list[str] = []


def main() -> int:
    """Run what the data allows; 1 where a required figure is missed."""
    if not (DATA / "messages").is_dir():
        print(f"skipped: there is no data under {DATA} (GONGZHI_BENCH_DATA names another folder)")
        return 0
    wanted = set(sys.argv[1:]) or {"messages", "raw", "routing"}
    if "routing" in wanted:
        route(_read("dispatch/records.csv"), _read("dispatch/dim_disposeunit.csv"))
    if "raw" in wanted:
        rows = _read("messages/labelled_raw.csv")
        texts = [features.said(f"{row['title']} {row['body']}") for row in rows]
        classify("457 raw messages", texts, _labels(rows), repeats=5, required=0.76, wanted=0.80)
    if "messages" in wanted:
        rows = _read("messages/labelled_tokens.csv")
        texts = [features.tokens_said(row["tokens"].split()) for row in rows]
        classify("messages as tokens", texts, _labels(rows), repeats=2, required=0.925, wanted=0.93)
    print("missed: " + ("; ".join(missed) or "nothing"))
    return 1 if missed else 0


def classify(
    name: str,
    texts: Sequence[features.Said],
    labels: Sequence[str],
    *,
    repeats: int,
    required: float,
    wanted: float,
) -> None:
    """Nested 5-fold, `repeats` times: macro-F1 of each repetition over all folds, and how certainty holds."""
    classes = sorted(set(labels))
    truth = np.array([classes.index(each) for each in labels], dtype=np.int64)
    corpus = training.Corpus.of(texts)
    alike = training.alike_in(corpus)
    sizes = np.bincount(alike)
    print(f"== {name}: {len(texts)}; near-duplicates (cosine >= {training.ALIKE}): {sizes[sizes > 1].sum()}")
    scores, errors, covered, latencies = [], [], [], []
    for repeat in range(repeats):
        shares = np.zeros((len(texts), len(classes)))
        of_folds = []
        dealt = StratifiedGroupKFold(5, shuffle=True, random_state=repeat).split(truth, truth, alike)
        for known, unseen in dealt:
            taught = training.Taught(known, truth[known], tuple(classes))
            learned = training.learn(corpus, taught, alike=alike[known])
            model = learned.model
            shares[unseen] = calibration.softmax(
                training.margins_of(model, corpus, rows=unseen) * model.slope
            )
            of_folds.append(_f1(shares[unseen], truth[unseen]))
            latencies += _latencies(model, [texts[at] for at in unseen[:100]])
            print(f"   fold: {of_folds[-1]:.4f}", flush=True)
        scores.append(np.mean(of_folds))
        errors.append(calibration.calibration_error(shares, truth))
        covered.append(calibration.coverage_at(shares, truth, precision=0.95)[0])
        print(f"   repetition {repeat + 1}: mean of folds {scores[-1]:.4f}, pooled {_f1(shares, truth):.4f}")
    print(f"   macro-F1 {np.mean(scores):.4f} (required {required}, wanted {wanted})")
    print(f"   calibration error, 15 bins, out of fold: {np.mean(errors):.4f} (at most 0.05)")
    print(f"   coverage at 95 % precision: {np.mean(covered):.3f}")
    median, most = np.median(latencies), np.percentile(latencies, 95)
    print(f"   an order, cut into words, classified and explained: median {median:.2f} ms, p95 {most:.2f} ms")
    _require(f"{name}: macro-F1", float(np.mean(scores)), least=required)
    _require(f"{name}: calibration", -float(np.mean(errors)), least=-0.05)
    _require(f"{name}: milliseconds", -float(median), least=-5.0)


def _latencies(model: Any, texts: Iterable[features.Said]) -> list[float]:
    taken = []
    for text in texts:
        began = time.perf_counter()
        chosen = int(model.probabilities(features.said(" ".join(text.words))).argmax())
        model.reasons(text, chosen)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def route(records: list[dict[str, str]], units: list[dict[str, str]]) -> None:
    """The last fifth by time: what was learned before it, and (apart) what was learned until the evening before."""
    identity = {row["name"]: row["aID"] for row in units}
    records = sorted(records, key=lambda row: row["create_time"])
    cut = len(records) * 4 // 5
    known, unseen = records[:cut], records[cut:]
    print(f"== routing: {cut} records until {known[-1]['create_time']}, {len(unseen)} after")
    _told("majority unit per sub-type and street", majority(known, unseen), unseen)
    by_name = learned_units(known, unseen, target=lambda row: row["dispose_unit"])
    _told("one-hot logistic regression, by name alone", by_name, unseen)
    latest = {identity[row["dispose_unit"]]: row["dispose_unit"] for row in known}
    found = learned_units(known, unseen, target=lambda row: identity[row["dispose_unit"]])
    named = [[latest[unit] for unit in line] for line in found]
    first, third = _told("learned by unit, told by its latest name before the split", named, unseen)
    _require("routing: top-1", first, least=0.54)
    _require("routing: top-3", third, least=0.80)
    nightly: list[list[str]] = []
    for day in sorted({row["create_time"] for row in unseen}):
        before = [row for row in records if row["create_time"] < day]
        today = [row for row in unseen if row["create_time"] == day]
        names = {identity[row["dispose_unit"]]: row["dispose_unit"] for row in before}
        lines = learned_units(before, today, target=lambda row: identity[row["dispose_unit"]])
        nightly += [[names[unit] for unit in line] for line in lines]
    _told("the same, learned anew every night (as the product does)", nightly, unseen)


def learned_units(
    known: list[dict[str, str]], unseen: list[dict[str, str]], *, target: Any
) -> list[list[str]]:
    """The three likeliest units of each record."""
    model = routing.fit_routing([({name: row[name] for name in FACTS}, target(row)) for row in known])
    every = set(model.posts)
    return [
        [post for post, _share in model.ranked({name: row[name] for name in FACTS}, among=every)]
        for row in unseen
    ]


def majority(known: list[dict[str, str]], unseen: list[dict[str, str]]) -> list[list[str]]:
    """The most frequent units of the same sub-type and street, then of the sub-type, then of all."""
    levels = (("sub_type", "street"), ("sub_type",), ())
    tables: list[dict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in levels]
    for row in known:
        for level, table in zip(levels, tables, strict=True):
            table[tuple(row[name] for name in level)][row["dispose_unit"]] += 1
    found = []
    for row in unseen:
        line: list[str] = []
        for level, table in zip(levels, tables, strict=True):
            line += [u for u, _n in table[tuple(row[name] for name in level)].most_common() if u not in line]
        found.append(line[:3])
    return found


def _told(name: str, lines: list[list[str]], unseen: list[dict[str, str]]) -> tuple[float, float]:
    pairs = list(zip(lines, (row["dispose_unit"] for row in unseen), strict=True))
    first = sum(line[0] == unit for line, unit in pairs) / len(pairs)
    third = sum(unit in line for line, unit in pairs) / len(pairs)
    print(f"   {name}: top-1 {first:.3f}, top-3 {third:.3f}", flush=True)
    return first, third


def _require(name: str, value: float, *, least: float) -> None:
    if value < least:
        missed.append(f"{name} {abs(value):.4f}, required {abs(least)}")


def _f1(shares: Any, truth: Any) -> float:
    return calibration.macro_f1(shares.argmax(axis=1), truth, classes=shares.shape[1])


def _labels(rows: list[dict[str, str]]) -> list[str]:
    return [row["label"] for row in rows]


def _read(name: str) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with (DATA / name).open(encoding="utf-8-sig", newline="") as held:
        return list(csv.DictReader(held))


if __name__ == "__main__":
    sys.exit(main())
