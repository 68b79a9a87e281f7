"""The names of the log formats, and reading one line of any of them."""

from collections.abc import Callable
from typing import Literal, Protocol, get_args

import msgspec

from stillhouse.imports import litellm, openai, stillhouse
from stillhouse.imports.call import Call, LineError

Format = Literal["openai", "litellm", "stillhouse"]
FORMATS: tuple[Format, ...] = get_args(Format)
LINE_BYTES_MAX = 1 << 26
NAME_LENGTH_MAX, SEEN_MAX = 200, 10_000


class _Reader(Protocol):
    def __call__(self, line: bytes, *, account: str = "") -> Call: ...


READERS: dict[Format, _Reader] = {
    "openai": openai.read,
    "litellm": litellm.read,
    "stillhouse": stillhouse.read,
}


def reader(name: Format, *, account: str = "") -> Callable[[bytes], Call]:
    """What reads lines of this format.

    account: who pays for the calls of lines that name nobody.

    It raises LineError for a line that cannot be imported, whatever is wrong with it.
    """
    of = READERS[name]
    seen: set[tuple[str, str, str]] = set()

    def read(line: bytes) -> Call:
        try:
            call = of(line, account=account)
        except msgspec.ValidationError as error:
            raise LineError("not_an_object", str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LineError("not_json", str(error)) from None
        except RecursionError:
            raise LineError("not_json", "JSON is nested too deeply") from None
        if not call.account:
            raise LineError("no_account", "the line names no account; name one with --account")
        names = (call.key, call.provider, call.model)
        if names not in seen:
            _check_names(names)
            if len(seen) < SEEN_MAX:
                seen.add(names)
        return call

    return read


def _check_names(names: tuple[str, ...]) -> None:
    """A receipt keeps these as words that repeat, and people read them."""
    for said in names:
        if len(said) > NAME_LENGTH_MAX or not said.isprintable():
            raise LineError(
                "bad_name",
                f"key, provider and model are printable and at most {NAME_LENGTH_MAX} characters",
            )
