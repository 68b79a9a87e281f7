"""A trace is read whole: every row is a call or a stated mistake, never nothing."""

import gzip
from pathlib import Path

import pytest

from stillhouse.testing.trace import TraceCall, read_trace

GOOD = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:03.9799600,4808,10
2023-11-16 18:17:05.9799600,3180,8
"""
AZURE = Path(__file__).parents[2].parent / "shared" / "data" / "azure-llm-2023"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace.csv"


@pytest.mark.parametrize("packed", [False, True])
def test_calls_keep_their_distance_in_time(trace: Path, *, packed: bool) -> None:
    trace.write_bytes(gzip.compress(GOOD.encode()) if packed else GOOD.encode())

    assert read_trace(trace) == ([TraceCall(0.0, 4808, 10, 2), TraceCall(2.0, 3180, 8, 3)], [])


def test_calls_come_in_order_of_time(trace: Path) -> None:
    lines = GOOD.splitlines()
    trace.write_text("\n".join([lines[0], lines[2], lines[1]]))

    assert [call.line for call in read_trace(trace).calls] == [3, 2]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2023-11-16 18:17:03,1", "2 columns, not 3"),
        ("yesterday,1,2", "the time is not like 2023-11-16 18:17:03.9799600"),
        (
            "2023-11-16 18:17:03Z,1,2",
            "the time names a zone; the trace's times are UTC without one",
        ),
        ("2023-11-16 18:17:03,-1,2", "token counts are whole numbers"),
        ("2023-11-16 18:17:03,1,2.5", "token counts are whole numbers"),
    ],
)
def test_a_bad_row_is_kept_with_its_place_and_hides_no_other(
    trace: Path, row: str, message: str
) -> None:
    trace.write_text(f"{GOOD}{row}\n{row}\n")
    calls, bad = read_trace(trace)

    assert [call.line for call in calls] == [2, 3]
    assert [
        ("trace.csv", 4, message, row),
        ("trace.csv", 5, message, row),
    ] == [tuple(each) for each in bad]


def test_a_file_of_another_kind_says_so_in_its_first_line(trace: Path) -> None:
    trace.write_bytes(b"\xff\xfe\x00 not a trace")
    calls, bad = read_trace(trace)

    assert calls == []
    assert "the first line must be TIMESTAMP" in bad[0].message


@pytest.mark.skipif(not AZURE.exists(), reason="needs ../shared/data/azure-llm-2023")
@pytest.mark.parametrize(
    ("name", "calls", "tokens_in", "tokens_out"),
    [("code", 8819, 18_059_974, 245_896), ("conv", 19_366, 22_361_870, 4_088_665)],
)
def test_the_recorded_hours_are_read_to_the_last_token(
    name: str, calls: int, tokens_in: int, tokens_out: int
) -> None:
    trace = read_trace(AZURE / f"AzureLLMInferenceTrace_{name}.csv.gz")

    assert not trace.bad
    assert (calls, tokens_in, tokens_out) == (
        len(trace.calls),
        sum(call.prompt_tokens for call in trace.calls),
        sum(call.completion_tokens for call in trace.calls),
    )
