"""Logs -> rows with their texts, in the formats that `stillhouse import` reads.

What a line costs and when it was is read by `imports`; here its request and answer are kept as
well, for as long as the run lasts. A line that `imports` rejects is rejected here, by the same
reason, and so is one without a request or an answer in text.

`lineage` on a line is believed; else it is made of `path` (the access path, as the registry of
terms names it), `weights` (the licence of self-hosted ones), `model` and `at`. A line without a
path came by the one that the operator says (`--path`), else by the one that its `provider` is known
for; else its provenance is unknown.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from stillhouse.distill import chat
from stillhouse.distill.example import Example
from stillhouse.imports.call import Call, LineError
from stillhouse.imports.formats import FORMATS, LINE_BYTES_MAX, Format, reader
from stillhouse.imports.templates import Finder
from stillhouse.terms import Origin, from_wire
from stillhouse.terms.lineage import LineageError
from stillhouse.terms.paths import path_of
from stillhouse.units.instant import Instant

OWN_ACCOUNT = "log"
"""Who pays for the calls of lines that name nobody."""
PROBED = 20


class Row(NamedTuple):
    """A line: the call for what it cost, the example for what it said."""

    call: Call
    example: Example


class _Line(msgspec.Struct, gc=False):
    request: Raw = Raw()
    response: Raw = Raw()
    messages: Raw = Raw()
    custom_id: Any = None
    object: Any = None
    path: Any = None
    weights: Any = None
    gold: Any = None
    lineage: Any = None


class _Wrapped(msgspec.Struct, gc=False):
    body: Raw = Raw()


_line = msgspec.json.Decoder(_Line).decode
_wrapped = msgspec.json.Decoder(_Wrapped).decode
_NOTHING = frozenset({b"", b"null"})


class Reader:
    """Reads lines of one log. key: the data folder's, for the ids of templates.

    path: the access path of lines that name none. named: access paths of this house's providers.
    """

    def __init__(
        self,
        log: Format,
        *,
        key: bytes,
        path: str = "",
        account: str = "",
        named: Mapping[str, str] | None = None,
    ) -> None:
        self._named = named or {}
        self._call = reader(log, account=account or OWN_ACCOUNT)
        self._find = Finder(key).find
        self._path = path

    def read(self, line: bytes) -> Row:
        """Raises LineError: the line holds no call that could teach anything, and why."""
        call = self._call(line)
        if call.outcome != "completed":
            raise LineError("no_call", "the call was refused; it has no answer")
        said = _line(line)
        request, response = _bodies(said, line)
        asked = chat.asked(request)
        if asked is None:
            raise LineError("no_call", "the line holds no request in text")
        answer = chat.said(response)
        if answer is None:
            raise LineError("no_call", "the line holds no answer in text")
        declared = call.workload
        task = self._find(call.surface, request)
        return Row(
            call,
            Example(
                call.id or "",
                call.at,
                call.account,
                declared or task,
                asked.turns,
                answer.text,
                self._origins(said, call),
                answer.finish,
                gold_of(said.gold),
                steps=answer.steps,
                project=call.project,
                task=task,
            ),
        )

    def _origins(self, said: _Line, call: Call) -> tuple[Origin, ...]:
        if said.lineage is not None:
            try:
                return from_wire(said.lineage).origins
            except LineageError as error:
                raise LineError("not_an_object", str(error)) from None
        path = said.path if isinstance(said.path, str) and said.path else self._path
        path = path or path_of(call.provider, self._named)
        weights = said.weights if isinstance(said.weights, str) else ""
        at = Instant(call.at)
        return (Origin(path=path, model=call.model, at=at, weights=weights, account=call.account),)


def _bodies(said: _Line, line: bytes) -> tuple[bytes, bytes]:
    """The request and the answer, wherever the format has them."""
    request, response = bytes(said.request), bytes(said.response)
    if said.custom_id is not None and response not in _NOTHING:
        body = bytes(_wrapped(said.response).body)
        response = body if body not in _NOTHING else response
    if request in _NOTHING and bytes(said.messages) not in _NOTHING:
        request = b'{"messages":' + bytes(said.messages) + b"}"
    if response in _NOTHING and isinstance(said.object, str):
        response = line
    return request, response


def gold_of(value: Any) -> str | None:
    """A label as text; JSON as it would be written."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def lines(path: Path) -> Iterator[bytes]:
    """Each line of a file; of one that is too long only its beginning, which is no JSON."""
    with path.open("rb", 1 << 20) as file:
        first = True
        while line := file.readline(LINE_BYTES_MAX):
            line = line.removeprefix(b"\xef\xbb\xbf") if first else line
            first = False
            if not line.isspace():
                yield line


def format_of(path: Path) -> Format:
    """Which format reads most of the first lines.

    Raises:
        LineError: none reads any of them.
    """
    head = list(islice(lines(path), PROBED))
    counted = {name: sum(_reads(name, line) for line in head) for name in FORMATS}
    best = max(counted, key=lambda name: (counted[name], name == "stillhouse"))
    if not counted[best]:
        raise LineError("no_call", f"the first lines of {path.name} are of no known format")
    return best


def _reads(name: Format, line: bytes) -> bool:
    try:
        reader(name, account=OWN_ACCOUNT)(line)
    except LineError:
        return False
    return True
