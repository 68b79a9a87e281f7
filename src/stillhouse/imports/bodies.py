"""The few fields of a logged request and answer that metering needs; the rest is skipped unread.

Loose on purpose: what a caller put into an optional field must not cost the whole line.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from stillhouse.imports import usage as reports
from stillhouse.imports.call import LineError
from stillhouse.tenants.label import is_label
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface
from stillhouse.wire.tiers import tier
from stillhouse.wire.usage import Reported


class Asked(msgspec.Struct, gc=False):
    """A request's body."""

    model: Any = None
    messages: Raw | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    prompt: Raw | UnsetType = UNSET
    stream: Any = None
    service_tier: Any = None
    metadata: Any = None


class Said(msgspec.Struct, gc=False):
    """An answer's body."""

    id: Any = None
    object: Any = None
    type: Any = None
    created: Any = None
    created_at: Any = None
    model: Any = None
    usage: Raw = Raw()
    service_tier: Any = None
    metadata: Any = None
    error: Any = None


_asked = msgspec.json.Decoder(Asked).decode
_said = msgspec.json.Decoder(Said).decode
NO_REQUEST, NO_ANSWER = Asked(), Said()


def asked(raw: Raw) -> Asked:
    if bytes(raw) in reports.NOTHING:
        return NO_REQUEST
    try:
        return _asked(raw)
    except msgspec.ValidationError as error:
        raise LineError("not_an_object", f"request: {error}") from None


def said(raw: Raw) -> Said:
    if bytes(raw) in reports.NOTHING:
        return NO_ANSWER
    try:
        return _said(raw)
    except msgspec.ValidationError as error:
        raise LineError("not_an_object", f"response: {error}") from None


def surface(request: Asked, answer: Said) -> Surface:
    """What was asked for, by what the bodies look like; chat where they do not tell."""
    if answer.object == "response":
        return Surface.RESPONSES
    if answer.type == "message":
        return Surface.MESSAGES
    if answer.object == "text_completion":
        return Surface.COMPLETIONS
    if request.messages is not UNSET:
        return Surface.CHAT
    if request.input is not UNSET:
        return Surface.EMBEDDINGS if answer.object == "list" else Surface.RESPONSES
    return Surface.COMPLETIONS if request.prompt is not UNSET else Surface.CHAT


def tier_of(request: Asked, answer: Said, reported: Reported | None) -> str:
    """The tier that served it, else the one asked for; "" is the ordinary one."""
    if request is NO_REQUEST and answer is NO_ANSWER and (reported is None or not reported.tier):
        return ""
    for words in (answer.service_tier, reported.tier if reported else None, request.service_tier):
        if isinstance(words, str) and (named := tier(words)) is not None:
            return named
    return ""


def label(metadata: Any, name: str) -> str:
    """A declared label of a call's metadata; "" when there is none that can be one."""
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) and is_label(value) else ""


def first_label(own: str | None, metadata: Sequence[Any], name: str) -> str:
    """The line's own label, else the first that its metadata declare."""
    if own:
        return label({name: own}, name)
    for each in metadata:
        if found := label(each, name):
            return found
    return ""


def used(
    reported: Reported | None, where: Surface, request: Raw, response: Raw
) -> tuple[Usage, bool]:
    """(usage, whether we had to count it ourselves).

    Raises:
        LineError: nothing is reported and there is no request to count.
    """
    if reported is not None:
        return reported.usage, False
    if bytes(request) in reports.NOTHING:
        raise LineError("no_usage", 'nothing says what was used; give "usage" or "request"')
    return reports.counted(where, request, response), True
