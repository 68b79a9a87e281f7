"""Exports are read whole, by days that cannot be mistaken, or refused with what to say."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.imports.statements import (
    AmbiguousDayError,
    StatementError,
    StatementFormat,
    Zone,
    read,
)
from stillhouse.ledger.ports import StatementLine
from stillhouse.units.instant import moment

START = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
JAKARTA = timezone(timedelta(hours=7))


def zone(tz: timezone = UTC, *, said: bool = True) -> Zone:
    return Zone(str(tz), lambda at: moment(at).astimezone(tz).strftime("%Y-%m-%d"), said=said)


def lines(text: object, form: StatementFormat, **more: Any) -> list[StatementLine]:
    body = text if isinstance(text, str) else json.dumps(text)
    return read([body], form=form, **{"zone": zone(), **more}).lines


def bucket(*results: dict[str, Any], day: int = 0, width: int = 86_400) -> dict[str, Any]:
    start = START + day * 86_400
    return {
        "object": "bucket",
        "start_time": start,
        "end_time": start + width,
        "results": list(results),
    }


def cost(
    value: object, item: str | None = "gpt-4o-2024-08-06, input", **more: Any
) -> dict[str, Any]:
    return {
        "object": "organization.costs.result",
        "amount": {"value": value, "currency": "usd"},
        "line_item": item,
        "project_id": None,
        **more,
    }


def page(*buckets: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"object": "page", "data": list(buckets), "has_more": more, "next_page": "p2"}


def test_openai_costs_by_day_and_line_item() -> None:
    said = page(
        bucket(cost(0.06), cost("0.04", project_id="proj_2"), cost(1, None)), bucket(cost(2), day=1)
    )

    assert [
        StatementLine("2026-11-01", "", "", "", "USD", Decimal(1)),
        StatementLine(
            "2026-11-01",
            "gpt-4o-2024-08-06, input",
            "gpt-4o-2024-08-06",
            "input",
            "USD",
            Decimal("0.10"),
        ),
        StatementLine(
            "2026-11-02",
            "gpt-4o-2024-08-06, input",
            "gpt-4o-2024-08-06",
            "input",
            "USD",
            Decimal(2),
        ),
    ] == lines(said, "openai-costs")


def test_pages_buckets_and_lines_of_them_are_the_same() -> None:
    one, two = bucket(cost(1)), bucket(cost(2), day=1)
    whole = lines(page(one, two), "openai-costs")

    assert whole == lines([page(one, more=True), page(two)], "openai-costs")
    assert whole == lines([one, two], "openai-costs")
    assert whole == lines(f"{json.dumps(one)}\n{json.dumps(two)}\n", "openai-costs")
    assert (
        whole
        == read(
            [json.dumps(page(two)), json.dumps(page(one))], form="openai-costs", zone=zone()
        ).lines
    )


def test_openai_usage_is_told_in_disjoint_meters() -> None:
    row = {
        "object": "organization.usage.completions.result",
        "model": "gpt-4o-2024-08-06",
        "input_tokens": 1000,
        "input_cached_tokens": 300,
        "input_cache_write_tokens": 50,
        "input_audio_tokens": 20,
        "output_tokens": 500,
        "output_audio_tokens": 10,
        "num_model_requests": 5,
    }
    found = {x.meter: int(x.amount) for x in lines(page(bucket(row)), "openai-usage")}

    assert {
        "input": 630,
        "cache_read": 300,
        "cache_write": 50,
        "audio_in": 20,
        "output": 490,
        "audio_out": 10,
        "requests": 5,
    } == found


def test_a_bucket_across_two_days_is_ambiguous_in_that_zone_only() -> None:
    late = bucket(cost(1))
    hour = bucket(cost(1), width=3600)

    assert "2026-11-01" == lines(page(hour), "openai-costs", zone=zone(JAKARTA))[0].day
    with pytest.raises(AmbiguousDayError, match="--timezone"):
        lines(page(late), "openai-costs", zone=zone(JAKARTA))


AZURE = """Subscription,Date,MeterCategory,MeterName,Quantity,CostInBillingCurrency,BillingCurrency
s,11/01/2026,Azure OpenAI Service,gpt-4o-0806-Inp-glbl Tokens,10,1.25,USD
s,11/01/2026,Azure OpenAI Service,gpt-4o-0806-Inp-glbl Tokens,10,0.75,USD
s,2026-11-02,Cognitive Services,gpt-4o-0806-Outp-glbl Tokens,10,3,USD
s,11/02/2026,Virtual Machines,D2s v5,10,99,USD
"""


def test_an_azure_export() -> None:
    said = read([AZURE], form="azure-cost-management", zone=zone())

    assert 1 == said.skipped
    assert [
        ("2026-11-01", "gpt-4o-0806", "input", Decimal("2.00")),
        ("2026-11-02", "gpt-4o-0806", "output", Decimal(3)),
    ] == [(x.day, x.model, x.meter, x.amount) for x in said.lines]


def test_an_older_azure_export_has_other_names() -> None:
    text = "\ufeffUsageDateTime,Meter,PreTaxCost,Currency\n20261101,x,1.5,idr\n"

    assert [StatementLine("2026-11-01", "x", "", "", "IDR", Decimal("1.5"))] == lines(
        text, "azure-cost-management"
    )


def test_any_table_by_its_columns() -> None:
    text = "When,What,Kind,Euro\n2026-11-01,gpt-4o,cached input,1.5\n2026-11-01,gpt-4o,seats,2\n"
    columns = {"day": "When", "model": "What", "meter": "Kind", "amount": "Euro"}
    found = lines(text, "csv", columns=columns, currency="EUR")

    assert [
        StatementLine(
            "2026-11-01", "gpt-4o cached input", "gpt-4o", "cache_read", "EUR", Decimal("1.5")
        ),
        StatementLine("2026-11-01", "gpt-4o seats", "gpt-4o", "", "EUR", Decimal(2)),
    ] == found


def test_a_table_of_moments_is_put_into_days_of_the_zone() -> None:
    text = "date,cost,currency\n2026-11-01T20:00:00Z,1,USD\n"

    assert "2026-11-01" == lines(text, "csv")[0].day
    assert "2026-11-02" == lines(text, "csv", zone=zone(JAKARTA))[0].day


@pytest.mark.parametrize(
    ("form", "text", "error", "says"),
    [
        ("csv", "date,cost\n2026-11-01,1\n", StatementError, "--currency"),
        ("csv", "when,cost,currency\n2026-11-01,1,USD\n", StatementError, "--column day="),
        ("csv", "date,cost,currency\n01/02/2026,1,USD\n", AmbiguousDayError, "two ways"),
        ("csv", "date,cost,currency\n2026-11-01T10:00,1,USD\n", AmbiguousDayError, "zone"),
        ("csv", 'date,cost,currency\n2026-11-01,"1,000",USD\n', StatementError, "row 2"),
        ("csv", "date,cost,currency\n2026-11-31,1,USD\n", StatementError, "no day"),
        ("csv", "date,cost,currency\n2026-11-01,NaN,USD\n", StatementError, "no amount"),
        ("csv", "date,cost,currency\n2026-11-01,1e-99999,USD\n", StatementError, "no amount"),
        ("csv", "date,cost,currency\n2026-11-01,1e99,USD\n", StatementError, "no amount"),
        ("csv", "", StatementError, "which column"),
        ("azure-cost-management", "a,b\n1,2\n", StatementError, "costinbillingcurrency"),
        ("azure-cost-management", AZURE.replace("11/01", "13/01"), AmbiguousDayError, "MM/DD"),
        ("azure-cost-management", AZURE.replace("3,USD", "3,"), StatementError, "no currency"),
        ("openai-costs", "{}", StatementError, "neither a page nor a bucket"),
        ("openai-costs", "x", StatementError, "not JSON"),
        ("openai-costs", json.dumps(page()), StatementError, "nothing in it"),
        ("openai-costs", json.dumps(page(bucket(cost(1)), more=True)), StatementError, "p2"),
        ("openai-costs", json.dumps(page(bucket({"amount": 5}))), StatementError, "amount"),
        ("openai-usage", json.dumps(page(bucket({"input_tokens": -1}))), StatementError, "count"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(
    form: StatementFormat, text: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        lines(text, form)


def test_days_without_a_zone_need_one_named() -> None:
    text = "date,cost,currency\n2026-11-01,1,USD\n"

    with pytest.raises(AmbiguousDayError, match="--timezone"):
        lines(text, "csv", zone=zone(said=False))


@given(st.lists(st.decimals(0, 10**6, places=12), min_size=1, max_size=20))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    said = lines(page(bucket(*(cost(str(n)) for n in amounts))), "openai-costs")

    assert sum(int(n * 10**12) for n in amounts) == int(said[0].amount * 10**12)


@given(st.sampled_from(["openai-costs", "openai-usage", "azure-cost-management", "csv"]), st.text())
def test_any_text_is_a_statement_or_a_named_error(form: StatementFormat, text: str) -> None:
    try:
        said = read([text], form=form, zone=zone())
    except StatementError:
        return

    assert said.lines
