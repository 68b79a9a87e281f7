"""The founding story on this machine, in a folder of its own: what `stillhouse demo` plays.

traffic   what customers send, and what somebody sends who collects answers
service   a whole service: processes, commands, calls
acts      the acts, in order; each asks and shows
facts     what the story found
report    one page of it, with plots
"""
