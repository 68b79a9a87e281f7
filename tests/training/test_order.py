"""Every row once an epoch, rows of like length together, the order known by seed and epoch."""

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.training.order import ByLength

lengths = st.lists(st.integers(1, 50), max_size=200)


@given(lengths, st.integers(1, 9), st.integers(0, 5), st.integers(0, 3))
def test_every_row_once_in_an_order_that_seed_and_epoch_decide(
    of: list[int], batch: int, seed: int, epoch: int
) -> None:
    one, same = (ByLength(of, batch=batch, seed=seed) for _ in range(2))
    one.set_epoch(epoch)
    same.set_epoch(epoch)
    told = list(one)

    assert list(range(len(of))) == sorted(told)
    assert told == list(one) == list(same)


def test_epochs_and_seeds_differ() -> None:
    of = list(range(100))
    first, other = ByLength(of, batch=4, seed=1), ByLength(of, batch=4, seed=2)
    began = list(first)
    first.set_epoch(1)

    assert began != list(other)
    assert began != list(first)


def test_batches_hold_rows_of_like_length_and_are_not_in_order_of_length() -> None:
    of = [at * 7 % 100 for at in range(400)]
    rows = list(ByLength(of, batch=8, seed=3))
    batches = [[of[row] for row in rows[at : at + 8]] for at in range(0, 400, 8)]

    assert max(max(lengths) - min(lengths) for lengths in batches) <= 12
    assert batches != sorted(batches, key=max, reverse=True)
