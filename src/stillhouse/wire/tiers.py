"""Service tiers: what a request may ask for, and what an answer says that it was served at.

Requests leave the tier to the provider by `auto` or by saying nothing; the provider may then serve
the call at any tier. The ordinary tier has several names, and here the empty one:

    OpenAI, Azure   auto, default, flex, priority, scale
    Anthropic       auto, standard_only; answers say standard, priority or batch
    Groq            auto, on_demand, flex, performance
"""

STANDARD = ""
ORDINARY = frozenset({"default", "standard", "standard_only", "on_demand"})
UNSAID = frozenset({None, "auto", ""})
PLAIN = ORDINARY | UNSAID
"""What an answer can say without being served at a tier that may have a price of its own."""


def tier(said: str | None) -> str | None:
    """The tier that a request or an answer names; None when it names none."""
    if said in UNSAID:
        return None
    return STANDARD if said in ORDINARY else said
