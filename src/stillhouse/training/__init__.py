"""Training students: files, clocks, and the libraries of the extra `train`. Nothing serves here.

logs -> consent -> curate -> train -> evaluate -> economics -> card      (each stage: a folder)

fitting    what every way of fitting is given and gives back
needs      asks for a library of the extra, or says how to get it
"""
