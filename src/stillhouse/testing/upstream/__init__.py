"""The scripted upstream: a provider on this machine that answers with the tokens it is asked for.

    async with ScriptedUpstream() as up:          python -m stillhouse.testing.upstream --port 9100
        call(up.base_url)
        up.ledger.billed                          GET http://127.0.0.1:9100/_script/ledger

Speaks OpenAI (chat, completions, embeddings, responses), Azure's paths and Anthropic's messages,
plain and streamed. What a request may ask for, and how, is in `script`; what can go wrong in
`faults`. It is the reference for what a provider billed, so it keeps an account (`account`) and
costs little: one parser, one look-up and one write for a call without delays.

Test equipment: it trusts whoever connects, so it binds to this machine alone.
"""

from stillhouse.testing.upstream.server import ScriptedUpstream, Seen
from stillhouse.testing.upstream.thread import upstream_thread

__all__ = ["ScriptedUpstream", "Seen", "upstream_thread"]
