"""What calls are for: the tasks behind a bill, and what each looks like. Pure; reads receipts.

receipts, totals -> workload -> spend, growth (billing.bridge), latency (store)
answers (a sample, as hashes) -> answers.kind        totals, first percentiles -> caching.saving

answers    what kind of answers a workload gets: closed labels, fixed JSON, free text
caching    what a provider's prompt cache could take off its bill
"""
