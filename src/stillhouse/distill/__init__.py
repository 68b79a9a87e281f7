"""From a teacher's recorded answers to a student that may take over. Pure; numpy at most.

requests, answers -> example -> curate, split (training: files, libraries) -> artefact
request -> chat -> intake -> linear | encoder | fields -> answer -> verdict, economics

example    one training row with where it came from
chat       what a request asks and what an answer says, in any dialect
intake     which part of a request varies: the student's input
artefact   a student on disk: its manifest, and what must be true of its files
linear     TF-IDF and a linear layer, in numpy
answer     how a student answers a request: the one path of evaluation and of serving
pii        what is personal gives way to its kind
outputs    what kind of answers a task gets, and so what kind of student may learn it
consent    which rows may be learned from: consent, then terms; fails closed
filters    rows that teach nothing, by reason
split      the later rows judge
threshold  which answers are kept
paired     is the student as good as the teacher: a verdict, its bound and its size
score      agreement, correctness and escalation, counted apart
economics  break-even, or never

Fitting, files and clocks are in `stillhouse.training`.
"""
