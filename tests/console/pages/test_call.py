"""One call: its life as a picture, its receipt in full, its charge to the last digit."""

from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_a_call_is_told_in_a_sentence_a_timeline_and_its_receipt(real: Real, ada: Ada) -> None:
    [receipt] = real.receipts(1, account=real.alice, writer=real.writer(), latency_us=340_000)
    real.seal([receipt])
    page = ada.see(f"/calls/{receipt.id}")

    assert "alice called gpt-4o" in page.lede
    assert "it took 340 ms and was completed" in page.lede
    assert {"life-title", "life-n-title"} <= set(page.ids)
    assert "0.000001000000 USD" in page.words
    assert "sha" in page.words.lower()


def test_a_call_that_was_read_from_a_log_has_no_timeline(real: Real, ada: Ada) -> None:
    [receipt] = real.receipts(
        1, account=real.alice, writer=real.writer(), latency_us=0, first_byte_us=-1
    )
    real.seal([receipt])
    page = ada.see(f"/calls/{receipt.id}")

    assert "read from a log" in page.lede
    assert "life-title" not in page.ids


def test_each_attempt_of_a_call_is_shown(real: Real, ada: Ada) -> None:
    first, second = real.receipts(2, account=real.alice, writer=real.writer())
    second = second._replace(open=type(second.open)(**{
        **{name: getattr(second.open, name) for name in second.open.__struct_fields__},
        "call": first.open.seq,
    }))  # fmt: skip
    real.seal([first, second])
    page = ada.see(f"/calls/{first.id}")

    assert "It took 2 attempts." in page.lede
    assert f"/calls/{second.id}" in page.links


def test_a_receipt_that_is_none_says_how_to_write_one(ada: Ada) -> None:
    assert "write it like w7-1234" in ada.see("/calls/nothing", status=404).words
