"""How well guard tells collectors from customers: tenants, collectors, evasions, baselines.

    python -m bench.guard [--quick] [--split dev|test] [--json]

words        what our own generators write with        sources   texts by split, never in both
arrivals     when calls come, and how long answers are  tenants   benign accounts, by kind
collectors   accounts that harvest, and their evasions  baselines other detectors, same calls
"""
