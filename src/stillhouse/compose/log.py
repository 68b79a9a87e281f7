"""One line of JSON per event on standard error. Fields are named by the caller, one by one.

Nothing is logged wholesale: no headers, no bodies, no settings, no environment. That is an
allow-list by construction, and a test greps what a run has written for the secrets it used.
"""

import json
import sys
import time


def log(event: str, **fields: str | float | None) -> None:
    line = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **fields}
    sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stderr.flush()
