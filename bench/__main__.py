"""The benchmark table beside nginx: `python -m bench [--cycles 3] [--json]`. Needs nginx and wrk.

`--only unary` or `--only streams` measures that part alone, in many short turns: on a machine that
others use too, ten pairs of one second say more than one of ten.

Each cycle measures direct, nginx and the gateway one after another, so that other load on the
machine meets all of them alike; the table shows medians over cycles, and each ratio is the median
of ratios within a cycle. What is measured is pinned to core 0, the stub provider and the load to
core 1. The last part gives all of them both cores. Quote ratios: absolute figures belong to the
machine.

Plain calls are measured with 64, 128 and 256 callers that each wait for their answer. nginx fills
its core with any of them. The gateway answers after an fsync, so 64 callers leave its core partly
idle: it then wakes for a few calls at a time and pays its wake-ups with fewer calls. From 128 on
both are full, which is where the CPU of a call compares like with like; all three are shown.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.gateway import Target, ask, gateway, nginx, pinned, stub
from bench.load import PATH, chat_body
from bench.processes import cpu_s, pss_mb, serves, tree

CALLERS = (64, 128, 256)
FEW, SOME, MANY = 300, 500, 2000
RATE = 200
APART = {1}
"""The core of the load and of the stub."""
PARTS = ("unary", "streams")
Figures = dict[str, float]


def wrk(
    target: Target, folder: Path, cores: set[int], *, callers: int, seconds: float
) -> dict[str, float]:
    """Closed loop on kept connections; CPU of the target meanwhile."""
    script = folder / "post.lua"
    script.write_text(
        'wrk.method = "POST"\n'
        'wrk.headers["content-type"] = "application/json"\n'
        f'wrk.headers["authorization"] = "Bearer {target.key}"\n'
        f"wrk.body = {json.dumps(chat_body().decode())}\n"
        "function done(summary, latency, requests)\n"
        "  local e = summary.errors\n"
        '  io.write(string.format("calls=%d bad=%d us=%d\\n", summary.requests,\n'
        "    e.status + e.connect + e.read + e.write + e.timeout, summary.duration))\n"
        "end\n"
    )
    command = ["wrk", "-t1", f"-c{callers}", f"-d{seconds:g}", "-s", str(script)]
    pids = tree(target.pid) if target.pid else []
    serving = [pid for pid in pids if serves(pid)]
    before, served_before = cpu_s(pids), cpu_s(serving)
    done = subprocess.run(
        [*command, target.url + PATH],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=pinned(cores),
    )
    cpu, served = cpu_s(pids) - before, cpu_s(serving) - served_before
    said = re.search(r"calls=(\d+) bad=(\d+) us=(\d+)", done.stdout)
    if said is None:
        raise SystemExit(f"wrk said: {done.stdout}{done.stderr}")
    calls, bad, took = (int(number) for number in said.groups())
    return {
        "calls": calls,
        "bad": bad,
        "calls_per_s": calls / (took / 1e6),
        "cpu_us": 1e6 * served / max(1, calls),
        "all_cpu_us": 1e6 * cpu / max(1, calls),
    }


def load(kind: str, target: Target, cores: set[int], **options: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", kind, "--url", target.url, "--key", target.key]
    for name, value in options.items():
        command += [f"--{name}", f"{value:g}"]
    if target.pid:
        command += ["--pid", str(target.pid)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=pinned(cores)
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def cycle(
    targets: list[Target], folder: Path, *, seconds: float, only: str | None = None
) -> dict[str, Figures]:
    """One pass over every measure, or `only` one of PARTS; within each, every target in turn."""
    figures: dict[str, Figures] = {target.name: {} for target in targets}
    between = [target for target in targets if target.pid]
    for target in between:
        figures[target.name]["failed"] = 0
    if only != "streams":
        _plain_calls(between, folder, figures, seconds=seconds)
    if only != "unary":
        _chunks(between, figures, seconds=seconds)
    if only is None:
        _latency(targets, figures, seconds=seconds)
        _many_streams(between, figures, seconds=seconds)
    return figures


def _plain_calls(
    between: list[Target], folder: Path, figures: dict[str, Figures], *, seconds: float
) -> None:
    for callers in CALLERS:
        for target in between:
            answer = wrk(target, folder, APART, callers=callers, seconds=seconds)
            figures[target.name] |= {
                f"unary_{callers}_cpu_us": answer["cpu_us"],
                f"unary_{callers}_all_cpu_us": answer["all_cpu_us"],
                f"unary_{callers}_calls_per_s": answer["calls_per_s"],
            }
            figures[target.name]["failed"] += answer["bad"]


def _chunks(between: list[Target], figures: dict[str, Figures], *, seconds: float) -> None:
    for target in between:
        answer = load("streams", target, APART, streams=FEW, seconds=seconds)
        figures[target.name] |= {"chunk_cpu_us": answer["cpu_us_per_event"]}
        figures[target.name]["failed"] += answer["broken"]


def _latency(targets: list[Target], figures: dict[str, Figures], *, seconds: float) -> None:
    for target in targets:
        answer = load("unary", target, APART, rate=RATE, seconds=seconds)
        figures[target.name] |= {"p50_ms": answer["p50_ms"], "p99_ms": answer["p99_ms"]}
    direct = figures["direct"]
    for target in targets:
        if target.pid:
            own = figures[target.name]
            own["added_p50_ms"] = own["p50_ms"] - direct["p50_ms"]
            own["added_p99_ms"] = own["p99_ms"] - direct["p99_ms"]


def _many_streams(between: list[Target], figures: dict[str, Figures], *, seconds: float) -> None:
    for target in between:
        answer = load("streams", target, APART, streams=SOME, seconds=1)
        figures[target.name] |= {"pss_mb": _largest(answer["pss_mb"])}
        figures[target.name]["failed"] += answer["broken"]
    for target in between:
        answer = load("streams", target, APART, streams=MANY, seconds=seconds)
        figures[target.name] |= {
            "many_events_per_s": answer["events_per_s"],
            "many_cpu_share": answer["cpu_share"],
            "many_cpu_us": answer["cpu_us_per_event"],
            "many_load_share": answer["load_share"],
        }
        figures[target.name]["failed"] += answer["broken"]


def _largest(pss: Any) -> float:
    """The worker's: of nginx's or the gateway's processes the one that holds the streams."""
    return float(max(mb for pid, mb in pss.items() if serves(int(pid))))


def measure(
    cycles: int, *, seconds: float, place: Path | None, only: str | None = None
) -> dict[str, Any]:
    busy = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=place)))
        port = stack.enter_context(stub(folder, {1}))
        proxy = stack.enter_context(nginx(folder, port, {0}))
        with gateway(folder / "one", port, {0}) as house:
            direct = Target("direct", f"http://127.0.0.1:{port}", "none", 0)
            targets = [direct, proxy, house]
            for target in targets:  # the first calls compile, connect and lease
                load("unary", target, {1}, rate=RATE, seconds=0.5)
            idle = {pid: pss_mb(pid) for pid in tree(house.pid) if serves(pid)}
            passes = []
            for number in range(cycles):
                print(f"cycle {number + 1} of {cycles}", file=sys.stderr, flush=True)
                passes.append(cycle(targets, folder, seconds=seconds, only=only))
        one = _kept(folder / "one")
        two = None if only else _two_cores(folder, port, seconds=seconds)
    return {
        "commit": _commit(),
        "when": time.strftime("%Y-%m-%d %H:%MZ", time.gmtime()),
        "cores": os.cpu_count(),
        "load_average_before": round(busy, 2),
        "cycles": passes,
        "idle_pss_mb": round(max(idle.values()), 1),
        "one_core_ledger": one,
        "two_cores": two,
        "table": _table(passes),
    }


def _two_cores(folder: Path, port: int, *, seconds: float) -> dict[str, Any]:
    """Two workers, stub and load share both cores, and every receipt is counted afterwards."""
    both = {0, 1}
    with gateway(folder / "two", port, both, workers=2) as house:
        load("unary", house, both, rate=RATE, seconds=0.5)
        answer = wrk(house, folder, both, callers=64, seconds=max(5.0, seconds))
    return answer | _kept(folder / "two")


def _kept(folder: Path) -> dict[str, Any]:
    """After the drain: what verify says, and the size of a receipt in Parquet."""
    verify = ask(folder / "data", "verify")
    size = sum(file.stat().st_size for file in (folder / "data").rglob("*.parquet"))
    receipts = int(verify["receipts"])
    return {
        "verify_ok": verify["ok"],
        "receipts": receipts,
        "bytes_per_receipt": round(size / max(1, receipts), 1),
    }


def _table(passes: list[dict[str, Figures]]) -> list[dict[str, Any]]:
    rows = []
    for name in passes[0]["gateway"]:
        ours = [figures["gateway"][name] for figures in passes]
        theirs = [figures["nginx"][name] for figures in passes]
        ratios = [our / their for our, their in zip(ours, theirs, strict=True) if their]
        rows.append(
            {
                "figure": name,
                "nginx": statistics.median(theirs),
                "gateway": statistics.median(ours),
                "ratio": statistics.median(ratios) if ratios else None,
                "ratios": [round(ratio, 2) for ratio in ratios],
            }
        )
    return rows


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


_WORDS = {
    **{f"unary_{n}_cpu_us": f"CPU us a plain call, {n} callers" for n in CALLERS},
    **{f"unary_{n}_all_cpu_us": "the same with sealing to Parquet" for n in CALLERS},
    **{f"unary_{n}_calls_per_s": f"calls/s on one core, {n} callers" for n in CALLERS},
    "chunk_cpu_us": f"CPU us a streamed chunk, {FEW} streams",
    "p50_ms": f"p50 ms at {RATE} calls/s",
    "p99_ms": f"p99 ms at {RATE} calls/s",
    "added_p50_ms": f"added p50 ms at {RATE} calls/s",
    "added_p99_ms": f"added p99 ms at {RATE} calls/s",
    "pss_mb": f"PSS MB of the worker, {SOME} streams",
    "many_events_per_s": f"chunks/s, {MANY} streams of 20 a second",
    "many_cpu_share": f"share of one core, {MANY} streams",
    "many_cpu_us": f"CPU us a streamed chunk, {MANY} streams",
    "many_load_share": f"share of the load's core, {MANY} streams",
    "failed": "failed calls and streams",
}


def show(result: dict[str, Any]) -> None:
    print(f"\ncommit {result['commit']}, {result['when']}, {result['cores']} cores, ", end="")
    print(f"{len(result['cycles'])} cycles; core 0 measured, core 1 stub and load; medians")
    busy = result["load_average_before"]
    print(f"load average before: {busy}" + (" (NOT an idle machine)\n" if busy > 0.5 else "\n"))
    print(f"{'':44}{'nginx':>10}{'gateway':>10}{'ratio':>8}   ratios of each cycle")
    for row in result["table"]:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        words = _WORDS.get(row["figure"], row["figure"])
        each = " ".join(map(str, row["ratios"]))
        print(f"{words:44}{row['nginx']:10.2f}{row['gateway']:10.2f}{ratio:>8}   {each}")
    two, one = result["two_cores"], result["one_core_ledger"]
    print(f"\nworker idle: {result['idle_pss_mb']} MB PSS")
    if two is not None:
        print(
            f"two cores for all: {two['calls_per_s']:.0f} metered calls/s, {two['bad']} failed,"
            f" {two['receipts']} receipts, verify ok: {two['verify_ok']}"
        )
    print(
        f"one core: {one['receipts']} receipts, verify ok: {one['verify_ok']},"
        f" {one['bytes_per_receipt']} bytes a receipt in Parquet"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cycles", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    parser.add_argument("--folder", type=Path, help="where data is written (default: temporary)")
    parser.add_argument("--json", action="store_true", help="everything measured, as JSON")
    asked = parser.parse_args()
    result = measure(asked.cycles, seconds=asked.seconds, place=asked.folder, only=asked.only)
    if asked.json:
        print(json.dumps(result, indent=1))
    else:
        show(result)


if __name__ == "__main__":
    main()
