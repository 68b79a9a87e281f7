"""What a logged request is for, by its template: the same id that the gateway gives such a call.

A body that the gateway would refuse has no template; in a log it is still a call that was made.
"""

from stillhouse.wire.mistakes import BadRequest
from stillhouse.wire.paths import METERED, Surface
from stillhouse.wire.request import read
from stillhouse.wire.template import Templates


class Finder:
    """key: the data folder's own."""

    def __init__(self, key: bytes) -> None:
        self._templates = Templates(key)

    def find(self, surface: Surface, body: bytes) -> str:
        """The id of the template, like "t:1f3a9c0de4b2"; "" when the body has none."""
        if surface not in METERED:
            return ""
        try:
            return self._templates.find(surface, body, read(surface, body))
        except (BadRequest, ValueError, RecursionError):
            return ""
