"""How fast a log is loaded, and how fast it is known again: lines a second and peak memory.

    python -m bench.imports [--lines 1000000] [--json]

Lines are in the house's own format with usage given, as a gateway's log has them; 7 accounts, 21
projects, 50 keys, one model with a price. The data folder is a new temporary one.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from contextlib import closing
from pathlib import Path

from stillhouse.compose.imports import Report, import_log, log_lines
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.tariff import tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter

AT = Instant(1_795_780_800_000_000)


def write(log: Path, lines: int) -> None:
    rng = random.Random(1)
    with log.open("w", encoding="utf-8") as out:
        for n in range(lines):
            row = {
                "id": f"c{n}",
                "at": f"2026-11-{1 + n * 28 // lines:02d}T10:00:{n % 60:02d}.123Z",
                "account": f"a{n % 7}",
                "project": f"p{n % 3}",
                "key": f"k{n % 50}",
                "provider": "openai",
                "model": "gpt-4o",
                "usage": {
                    "prompt_tokens": rng.randrange(5000),
                    "completion_tokens": rng.randrange(900),
                },
            }
            out.write(json.dumps(row) + "\n")


def load(data: Path, store: WholeStore, log: Path) -> tuple[Report, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    with log.open("rb") as file:
        report = import_log(
            data,
            store,
            log_lines(file),
            log="stillhouse",
            source="bench",
            at=AT,
            actor="bench",
        )
    return report, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Text)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "data", Path(folder) / "log.jsonl"
        write(log, given.lines)
        with closing(open_store(data, create=True)) as store:
            prices = {Meter.INPUT: 2_500_000, Meter.OUTPUT: 10_000_000}
            store.configure_prices(
                [tariff(book="sale", model="gpt-4o", valid_from=Instant(0), prices=prices)], at=AT
            )
            for what in ("new", "known"):
                report, wall, cpu = load(data, store, log)
                said = {
                    "what": what,
                    "lines": report.lines,
                    "imported": report.imported,
                    "known": report.known,
                    "lines_per_second": round(report.lines / wall),
                    "lines_per_cpu_second": round(report.lines / cpu),
                    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
                print(json.dumps(said) if given.json else said)


class _Text(argparse.RawDescriptionHelpFormatter):
    """The module's text as it is written."""


if __name__ == "__main__":
    main()
