"""Training students: files, clocks, and the libraries of the extra `train`. Nothing serves here.

logs -> consent -> curate -> train -> evaluate -> economics -> card      (each stage: a folder)

fitting    what every way of fitting is given and gives back
stages     the pipeline; each stage by what it read
work       a run's folder: a stage is there whole, or not at all
logs       lines -> rows with their texts
plan       one pass: which tasks are in a log
curate     which rows are worth learning from
near       texts that nearly say the same
crossed    scores of rows by models that never saw them
classifier TF-IDF and a linear layer
judging    a student asked calls whose answers are known
students   the shelf of students
needs      asks for a library of the extra, or says how to get it
"""
