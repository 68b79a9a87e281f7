"""One pass says which tasks a log holds, and what is rare is none of them."""

import json

import pytest
from tests.training.recorded import call, calls

from stillhouse.imports.call import Call
from stillhouse.training.logs import Reader
from stillhouse.training.plan import Plan, document, plan


def price(one: Call) -> tuple[int, str]:
    return one.usage.input * 1_000, "USD"


def planned(rows: list[dict[str, object]]) -> Plan:
    lines = [json.dumps(row).encode() for row in rows]
    return plan([*lines, b"{"], Reader("stillhouse", key=b"k"), price)


def test_tasks_are_counted_with_their_cost_and_the_kind_of_their_answers() -> None:
    other = [call(n, f"x{n}", f"poem {n}", system="Write a poem.") for n in range(60)]
    made = planned([*calls(100), *other])
    [first, second] = made.workloads.values()

    assert (161, {"not_json": 1}) == (made.lines, made.unreadable)
    assert (100, 60) == (first.rows, second.rows)
    assert ("classifier", "generative") == (first.outputs.kind, second.outputs.kind)
    assert {"USD": 100 * 40 * 1_000} == first.cost
    assert "classifier" == document("x", first)["output"]["kind"]


def test_a_template_of_few_calls_is_no_task_of_its_own() -> None:
    stray = [call(900, "x", "y", system="Something else.")]
    made = planned([*calls(300), *stray])

    assert [300, 1] == [found.rows for found in made.workloads.values()]
    assert "" == list(made.workloads)[1]


def test_a_workload_is_chosen_by_its_name_or_its_template_or_its_size() -> None:
    made = planned(calls(50, workload="comments"))
    [task] = made.workloads["comments"].tasks

    assert ["comments"] * 3 == [made.chosen(name) for name in ("", "comments", task)]
    with pytest.raises(LookupError, match="it has: comments"):
        made.chosen("other")
    with pytest.raises(LookupError, match="not_json"):
        planned([]).chosen()
