"""A secret shows itself once, when asked to, and never by accident."""

import hashlib
import json
import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.tenants.key import HINT_LENGTH, PREFIX, Secret, digest, hint, is_imported, secret

entropies = st.binary(min_size=32, max_size=32)
DRAWN = secret(bytes(range(32)))
HIDDEN = bytes(range(32)).hex()[HINT_LENGTH - len(PREFIX) :]


@given(entropies)
def test_a_secret_holds_all_its_entropy_and_its_hint_tells_little(entropy: bytes) -> None:
    drawn = secret(entropy)

    assert PREFIX + entropy.hex() == drawn.reveal()
    assert drawn.reveal().startswith(hint(drawn))
    assert HINT_LENGTH == len(hint(drawn))


@given(entropies, entropies)
def test_two_secrets_have_two_digests(one: bytes, two: bytes) -> None:
    first, second = (digest(secret(e).reveal().encode()) for e in (one, two))

    assert (one == two) == (first == second)


def test_a_key_of_an_imported_call_is_told_from_one_of_ours() -> None:
    assert is_imported("import:-")
    assert not is_imported("key_0123456789ab")


def test_a_digest_is_plain_sha_256() -> None:
    assert hashlib.sha256(b"sk-sh-x").digest() == digest(b"sk-sh-x")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        secret(bytes(length))


@pytest.mark.parametrize(
    "shown",
    [
        str(DRAWN),
        repr(DRAWN),
        f"{DRAWN}",
        f"{DRAWN!s}",
        f"{DRAWN!r}",
        f"{DRAWN!a}",
        f"{DRAWN:>200}",
        "{}".format(DRAWN),  # noqa: UP032 # one of the ways
        "%s" % DRAWN,  # noqa: UP031 # one of the ways
        "%r" % DRAWN,  # noqa: UP031 # one of the ways
        repr({"key": DRAWN}),
        str([DRAWN]),
        str(ValueError(DRAWN)),
    ],
)
def test_a_secret_never_prints(shown: str) -> None:
    assert HIDDEN not in shown
    assert DRAWN.reveal()[:HINT_LENGTH] in shown


def test_a_secret_never_reaches_a_log_or_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def use(key: Secret) -> None:
        raise RuntimeError("cannot use", key)

    try:
        use(DRAWN)
    except RuntimeError as error:
        logging.getLogger("test").warning("with %s and %r", DRAWN, DRAWN, exc_info=True)
        printed = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )

    assert "cannot use" in printed
    assert HIDDEN not in printed
    assert HIDDEN not in caplog.text


def test_a_secret_is_a_string_where_it_must_be_compared() -> None:
    assert DRAWN == DRAWN.reveal()
    assert type(DRAWN.reveal()) is str
    assert isinstance(pickle.loads(pickle.dumps(DRAWN)), Secret)
    assert json.loads(json.dumps(DRAWN)) == DRAWN.reveal()
