"""`stillhouse replay`: drive a recorded trace through a running gateway and say what came back.

The trace is Azure's published format (TIMESTAMP,ContextTokens,GeneratedTokens). The recorded counts
travel in each request; the scripted upstream answers with them, see `stillhouse.testing`.
"""

import math
from pathlib import Path
from typing import Any

import click

from stillhouse.cli.bars import bars
from stillhouse.cli.output import Failure, line

_NUMBERS = (
    ("calls", "calls"),
    ("ok", "answered"),
    ("failed", "failed"),
    ("bad_rows", "rows that are no calls"),
    ("tokens_in", "tokens in, as answered"),
    ("tokens_out", "tokens out, as answered"),
    ("receipts", "receipts"),
    ("latency_ms_p50", "latency p50, ms"),
    ("latency_ms_p99", "latency p99, ms"),
    ("late_ms_max", "sent late, at most, ms"),
    ("wall_s", "seconds"),
    ("calls_per_s", "calls/s"),
)


class _Speed(click.ParamType[float]):
    name = "N|max"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if value == "max":
            return math.inf
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not speed > 0 or math.isinf(speed):
            self.fail(f"{value!r} is neither a number above 0 nor max", param, ctx)
        return speed


@click.command(
    "replay", help="Drive a recorded trace (Azure's format, .csv or .csv.gz) through a gateway."
)
@click.argument("trace", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--deployment", required=True, help="The deployment to call.")
@click.option("--key", required=True, envvar="STILLHOUSE_KEY", help="Or STILLHOUSE_KEY.")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The gateway.")
@click.option(
    "--speed", type=_Speed(), default=1.0, help="1 is recorded time, 60 a minute a second, or max."
)
@click.option("--limit", type=click.IntRange(1), help="Only the first N calls.")
@click.option("--concurrency", type=click.IntRange(1), default=256, show_default=True)
@click.option(
    "--stream/--no-stream", default=None, help="All calls streamed, or none; half when not said."
)
@click.option("--stream-share", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--receipts", type=click.Path(path_type=Path), help="Write receipt ids here.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object.")
def replay(
    *,
    trace: Path,
    deployment: str,
    key: str,
    url: str,
    speed: float,
    limit: int | None,
    concurrency: int,
    stream: bool | None,
    stream_share: float,
    receipts: Path | None,
    as_json: bool,
) -> None:
    import uvloop  # noqa: PLC0415 # only this command needs an event loop

    from stillhouse.testing import replay as replaying  # noqa: PLC0415
    from stillhouse.testing.trace import read_trace  # noqa: PLC0415

    calls, bad = read_trace(trace)
    for row in bad:
        click.echo(str(row), err=True)
    calls = calls[:limit]
    if not calls:
        raise Failure(f"{trace} holds no calls")
    share = stream_share if stream is None else float(stream)
    try:
        plan = replaying.Plan(url, deployment, key, speed, concurrency, share)
        with bars(shown=not as_json, stay=True, counted=True) as on:
            progress = on.bar("replay", len(calls)).on
            summary = uvloop.run(replaying.replay(calls, plan, progress=progress))
    except ValueError as error:
        raise Failure(str(error)) from error
    if receipts is not None:
        receipts.write_text("".join(f"{receipt}\n" for receipt in summary.receipts))
    report = summary.report() | {"bad_rows": len(bad)}
    if as_json:
        line(report)
    else:
        _print(report)
    if summary.failed or bad:
        raise click.exceptions.Exit(1)


def _print(report: dict[str, object]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, words in _NUMBERS:
        value = report[name]
        table.add_row(words, f"{value:,}" if isinstance(value, int | float) else str(value))
    charge = report["charge"]
    for currency, amount in charge.items() if isinstance(charge, dict) else ():
        table.add_row(f"charged, {currency}", str(amount))
    Console(highlight=False).print(table)
    failures = report["failures"]
    for failure in failures if isinstance(failures, list) else ():
        said = f"line {failure['line']}: {failure['kind']}: {failure['message']}"
        click.echo(said, err=True)
