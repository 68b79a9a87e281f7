"""Two recorded hours of Azure's traffic through two workers: every call, token and pico-dollar.

The bill is recomputed here in a few lines from the trace alone, without anything of ours.
"""

import asyncio
import csv
import gzip
import json
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from tests.faults.service import Service

from stillhouse.testing import upstream_thread

AZURE = Path(__file__).parents[2].parent / "shared" / "data" / "azure-llm-2023"
HOURS = [AZURE / f"AzureLLMInferenceTrace_{name}.csv.gz" for name in ("code", "conv")]


@pytest.mark.skipif(not AZURE.exists(), reason="needs ../shared/data/azure-llm-2023")
def test_both_hours_are_billed_to_the_pico_dollar_in_dollars_and_rupiah(tmp_path: Path) -> None:
    texts = [gzip.decompress(hour.read_bytes()).decode() for hour in HOURS]
    rows = [row for text in texts for row in csv.DictReader(text.splitlines())]
    tokens_in = sum(int(row["ContextTokens"]) for row in rows)
    tokens_out = sum(int(row["GeneratedTokens"]) for row in rows)
    dollars_in = Decimal(tokens_in) * Decimal("2.50") / 1_000_000
    dollars_out = Decimal(tokens_out) * Decimal("10.00") / 1_000_000
    rupiah = sum(
        (amount * 16_100).quantize(Decimal(1), ROUND_HALF_EVEN)
        for amount in (dollars_in, dollars_out)
    )

    with upstream_thread() as upstream:
        service = Service(tmp_path, upstream.base_url, workers=2)
        asyncio.run(service.start())
        try:
            for hour in HOURS:
                sent = service.run_alone(
                    "replay",
                    str(hour),
                    *("--deployment", "gpt-4o", "--key", service.key, "--url", service.url),
                    *("--speed", "max", "--concurrency", "64", "--json"),
                )
                told = json.loads(sent.stdout)
                assert (told["failed"], told["bad_rows"]) == (0, 0), sent.stdout
        finally:
            service.stop()
        billed = upstream.ledger.summary()
    receipts = service.receipts()
    verify = service.ask("verify")
    bill = service.ask("bill", "--account", service.account, "--month", service.months()[0])
    in_rupiah = service.ask(
        *("bill", "--account", service.account, "--month", service.months()[0]),
        *("--currency", "IDR", "--fx", "16100"),
    )

    assert len(rows) == len(receipts) == billed["calls"]
    assert len(rows) == len({receipt["id"] for receipt in receipts})
    assert (tokens_in, tokens_out) == (billed["prompt_tokens"], billed["completion_tokens"])
    assert (tokens_in, tokens_out) == (
        sum(receipt["usage"].get("input", 0) for receipt in receipts),
        sum(receipt["usage"].get("output", 0) for receipt in receipts),
    )
    assert verify["ok"], verify
    assert int((dollars_in + dollars_out) * 10**12) == int(bill["exact_pico"])
    assert rupiah == Decimal(in_rupiah["total"])
