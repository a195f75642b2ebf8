"""Work on what an installation holds: bringing a hotline's messages in, and comparing rows with their events."""

import csv
from itertools import islice
from pathlib import Path

from rich.table import Table

from gongzhi.core.events.reconcile import checks
from gongzhi.interop.hotline.importing import Refusal as RowRefusal
from gongzhi.interop.hotline.importing import import_messages
from gongzhi.interop.hotline.mapping import load
from gongzhi.interop.hotline.reader import Unreadable
from gongzhi.project.installing import console, counting, working
from gongzhi.project.refusal import Refusal

MOST_SHOWN = 40
MOST_DRIFTS = 200


def import_hotline(file: Path, *, mapping: Path, region: str, refused: Path | None = None) -> int:
    """Import a file and print what became of its rows; the exit code says whether any was refused.

    `refused` is where to write the rows that were refused, all of them. Refuses (Refusal) a file, mapping or place
    that cannot be used.
    """
    try:
        with counting(file.name) as progress:
            report = import_messages(file, mapping=load(mapping), region=region, progress=progress)
    except Unreadable as error:
        raise Refusal(str(error)) from error
    console.print(
        f"{report.read:,} rows: {report.waiting:,} wait for a desk, {report.closed:,} came answered and closed, "
        f"{report.known:,} were known already, {len(report.refused):,} were refused."
    )
    _show(report.refused)
    if refused is not None:
        _write(refused, report.refused)
    return 1 if report.refused else 0


def reconcile() -> int:
    """Compare rows with their events and print every drift; the exit code says whether there was any."""
    drifted = 0
    for name, check in checks().items():
        with working(name):
            found = list(islice(check(), MOST_DRIFTS + 1))
        drifted += len(found)
        for each in found[:MOST_DRIFTS]:
            console.print(f"  {each.table} {each.row}: {each.words}", highlight=False, soft_wrap=True)
        if len(found) > MOST_DRIFTS:
            console.print("  ... and more")
    console.print("Nothing has drifted." if not drifted else "Rows and events disagree; nothing was changed.")
    return 1 if drifted else 0


def _show(refused: list[RowRefusal]) -> None:
    if not refused:
        return
    table = Table("row", "column", "why")
    for each in refused[:MOST_SHOWN]:
        table.add_row(str(each.row), each.column, each.words)
    console.print(table)
    if len(refused) > MOST_SHOWN:
        console.print(f"... and {len(refused) - MOST_SHOWN:,} more: --refused FILE writes them all.")


def _write(target: Path, refused: list[RowRefusal]) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "why"])
        writer.writerows((each.row, each.column, each.words) for each in refused)
