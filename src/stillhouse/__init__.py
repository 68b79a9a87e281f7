"""Stillhouse: sell, meter and govern access to large language models.

Rooms, top to bottom (imports point down, checked by import-linter):

    cli                                      commands
    compose                                  wiring: the only place that names concrete classes
    config   testing                         settings; scripted upstream, faults, replay
    gateway  worker  store  upstream         shell: I/O, time, concurrency; none knows another
    billing                                  readers of receipts
    ledger                                   receipts and entries: the one record
    tariff   tenants  wire                   pure rules; none knows another
    units                                    vocabulary
"""

__version__ = "0.1.0"
