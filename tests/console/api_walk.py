"""A small judge of JSON by OpenAPI schemas: what our own description uses, and nothing else."""

from typing import Any

KINDS: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def mismatches(
    value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$"
) -> list[str]:
    """Where a value is not what its schema says; empty when it is."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return mismatches(value, document["components"]["schemas"][name], document, at)
    if "anyOf" in schema:
        found = [mismatches(value, one, document, at) for one in schema["anyOf"]]
        return [] if [] in found else found[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r}"]
    kind = schema.get("type")
    if kind is None:
        return []
    right = KINDS.get(kind, float)
    if not isinstance(value, right) or (kind == "integer" and isinstance(value, bool)):
        return [f"{at}: {value!r} is no {kind}"]
    match value:
        case list():
            return _items(value, schema, document, at)
        case dict():
            return _fields(value, schema, document, at)
    return []


def _items(
    value: list[Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> list[str]:
    if "prefixItems" in schema:
        pairs = list(zip(value, schema["prefixItems"], strict=True))
    else:
        pairs = [(one, schema.get("items", {})) for one in value]
    return [
        wrong
        for place, (one, of) in enumerate(pairs)
        for wrong in mismatches(one, of, document, f"{at}[{place}]")
    ]


def _fields(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> list[str]:
    named = schema.get("properties", {})
    more: Any = {} if not named or schema.get("additionalProperties") is True else None
    if isinstance(schema.get("additionalProperties"), dict):
        more = schema["additionalProperties"]
    wrong = [f"{at}: no {name}" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        if name in named:
            wrong += mismatches(one, named[name], document, f"{at}.{name}")
        elif isinstance(more, dict):
            wrong += mismatches(one, more, document, f"{at}.{name}")
        else:
            wrong.append(f"{at}: {name} is not described")
    return wrong
