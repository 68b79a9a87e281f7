"""Test equipment, shipped: a provider that answers as asked, faults from a seed, replay of traces.

    Script in a request -> ScriptedUpstream -> answer, faults, ledger of what was billed
    trace.csv -> replay -> a running gateway -> summary

    script            what a request asks of the scripted upstream, and its carriers
    call, answers     a request understood; the bytes of its answer on each surface
    faults            seeded faults as data, and what each does to an answer
    account           what the upstream billed
    upstream          the scripted upstream: in a loop, in a thread, or as a process
    client            a light HTTP client for load and replay
    trace, replay     a recorded trace, driven through a gateway
    memory            the store's ports in memory

Beyond units it imports no other room: it judges the gateway from the outside.
"""

from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.script import Script
from stillhouse.testing.upstream import ScriptedUpstream, upstream_thread

__all__ = ["Fault", "FaultPlan", "Script", "ScriptedUpstream", "upstream_thread"]
