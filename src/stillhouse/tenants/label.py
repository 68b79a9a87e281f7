"""How a workload or a cohort may be called: short, plain, and never like a template's id."""

import re

LABEL_RULE = "1 to 64 letters, digits, '.', '_', '-' and '/', beginning with a letter or digit"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")


def is_label(text: str) -> bool:
    """Whether `LABEL_RULE` holds. There is no blank and no "@": a label is no place for people."""
    return _LABEL.fullmatch(text) is not None
