"""What a provider calls a thing on its bill -> model and meter, as receipts call them.

    "gpt-4o-2024-08-06, cached input"        gpt-4o-2024-08-06   cache_read
    "gpt 4o 0806 cchd Inp glbl Tokens"       gpt-4o-0806         cache_read
    "gpt-4o-mini-0718-Outp-regnl Tokens"     gpt-4o-mini-0718    output

What names no known kind has no meter: "" is "the provider does not say", never a guess. Meters that
providers do not bill apart are told as one, by `BILLED`.
"""

import re

from stillhouse.units.usage import Meter

BILLED: dict[Meter, Meter] = {
    Meter.REASONING: Meter.OUTPUT,
    Meter.IMAGE_OUT: Meter.OUTPUT,
    Meter.IMAGE_IN: Meter.INPUT,
    Meter.CACHE_WRITE_1H: Meter.CACHE_WRITE,
}
"""Our meter -> the one that it is on a provider's bill."""

_KINDS = {
    "input": Meter.INPUT,
    "output": Meter.OUTPUT,
    "cached input": Meter.CACHE_READ,
    "cache read": Meter.CACHE_READ,
    "cache write": Meter.CACHE_WRITE,
    "audio input": Meter.AUDIO_IN,
    "audio output": Meter.AUDIO_OUT,
    "image input": Meter.INPUT,
    "image output": Meter.OUTPUT,
    "text input": Meter.INPUT,
    "text output": Meter.OUTPUT,
    "requests": Meter.REQUESTS,
}
_INPUT = frozenset({"inp", "input", "in", "prompt"})
_OUTPUT = frozenset({"outp", "output", "out", "opt", "completion", "completions"})
_CACHED = frozenset({"cchd", "cached", "cache", "cd"})
_AUDIO = frozenset({"aud", "audio"})
_PLACES = frozenset(
    {"glbl", "global", "gl", "regnl", "regional", "rg", "dzone", "dz", "datazone", "data", "zone"}
)
_UNITS = frozenset({"tokens", "token", "1k", "1m", "txt", "text"})
_SPLIT = re.compile(r"[\s,_/-]+")
_VERSION = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$")


def line_item(text: str) -> tuple[str, str]:
    """(model, meter) of an OpenAI cost line, like "gpt-4o-2024-08-06, input"."""
    model, comma, kind = text.rpartition(",")
    meter = _KINDS.get(kind.strip().lower())
    if not comma or meter is None:
        return "", ""
    return model.strip(), meter.value


def meter_name(text: str) -> tuple[str, str]:
    """(model, meter) of an Azure meter; its region and unit are left out of the model."""
    words = [word for word in _SPLIT.split(text.strip().lower()) if word]
    kinds = {word for word in words if word in _INPUT | _OUTPUT}
    inside, outside = bool(kinds & _INPUT), bool(kinds & _OUTPUT)
    if inside == outside:
        return "", ""
    audio = bool(_AUDIO & set(words))
    if outside:
        meter = Meter.AUDIO_OUT if audio else Meter.OUTPUT
    elif _CACHED & set(words):
        meter = Meter.CACHE_READ
    else:
        meter = Meter.AUDIO_IN if audio else Meter.INPUT
    left = _INPUT | _OUTPUT | _CACHED | _PLACES | _UNITS
    return "-".join(word for word in words if word not in left), meter.value


def meter_word(text: str) -> str:
    """A meter as a column of a table names it: ours, or in the words of a bill."""
    word = text.strip().lower().replace("_", " ")
    for meter in Meter:
        if word == meter.value.replace("_", " "):
            return BILLED.get(meter, meter).value
    found = _KINDS.get(word)
    return found.value if found else ""


def without_version(model: str) -> str:
    """The family that a dated model belongs to: "gpt-4o-2024-08-06" -> "gpt-4o"."""
    return _VERSION.sub("", model)
