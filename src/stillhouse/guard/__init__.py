"""Who collects outputs to train a model, how sure we are, and what a fair house does. Pure.

call -> signals.see -> Signal -> evidence.judge(signals by account, calibration) -> Report
finding, terms, purpose -> ladder.climb -> level
entries -> case.fold -> what was done and decided
signals, findings -> bundle -> replay, the same numbers to the bit

signals    what one request shows: keyed fingerprints, shapes and counts, no text
shapes     what a prompt looks like, whatever it is about
features   fifty calls -> numbers between calls; streams: which fifty
bets       p-values -> evidence; calibration: benign accounts, and ranks among them
calibrate  benign accounts -> a calibration
linkage    which accounts may be one; links are never scored
evidence   signals by account -> a report, the same to the bit
finding    what is concluded of an account or of accounts together, and its levels
ladder     evidence x terms x declared purpose -> note, notice, throttle, hold, suspend
case       one case as a fold of its entries: evidence, steps, proposal, appeal, deadline
decisions  what the machine does by itself, and what named people may do
appeal     contesting a step, and its answer by somebody who took no part
statement  the reasons in plain words; effect: what a case makes of its accounts' standing
stake      the clause at stake: terms.decide, asked in the account's favour
bundle     what a step stands on, whole, so that anybody can compute it again
ports      what a store must do
"""
