"""Providers, as the gateway reaches them. Shell: sockets and time are allowed here.

    client     one HTTP/1.1 connection to a provider, driven by callbacks
    pool       connections kept per provider
    providers  what differs between openai, azure, anthropic and builtin
    beside     how a model's own process listens, and leaves with its parent
    builtin    the model that ships, served in a process of its own
    student    a model of one's own, served in a process of its own

The gateway names none of these: compose hands them to it as ports.
"""
