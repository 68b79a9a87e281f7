"""Training students: files, clocks, and the libraries of the extra `train`. Only `serve` serves.

logs -> consent -> curate -> train -> evaluate -> economics -> card      (each stage: a folder)

fitting    what every way of fitting is given and gives back
stages     the pipeline; each stage by what it read
work       a run's folder: a stage is there whole, or not at all
logs       lines -> rows with their texts
plan       one pass: which tasks are in a log
curate     which rows are worth learning from
near       texts that nearly say the same
crossed    scores of rows by models that never saw them
classifier which form suits a closed set: words (TF-IDF and a linear layer) or sentences (an
           encoder, whose weights base finds, and a linear layer)
extraction JSON of a fixed shape, member by member
relabel    labels that the other rows contradict, and labels that were renamed
judging    a student asked calls whose answers are known
forget     runs that hold rows which are to go
shelf      where students lie, by id; students: one of them, ready to answer

examples -> preflight -> conversation -> trainers -> weights -> serve          (a causal student)

generative the pipeline's way into a causal student, and how it is asked
causal     one run, top to bottom; settings: its settings; resume: after a kill; digests: of weights
gguf       a student that was made here, as a file that llama.cpp reads
hub        models and tokenizers, from a folder or a hub at a pinned commit; small new ones
vocabulary tokenizers: the same or refused; recorded: log-probabilities of a log, as numbers
conversation  messages and an answer -> tokens and what of them is learned
preflight  what is checked, and rehearsed, before the first epoch
trainers   TRL's and ours; losses: the top-k divergence; order: rows of like length together
speaking   prompts -> tokens, many at once
serve      a process that serves one; server: its routes; chat: its bodies; desk: its batches
runtimes   vLLM and llama.cpp instead

needs      asks for a library of the extra, or says how to get it
"""
