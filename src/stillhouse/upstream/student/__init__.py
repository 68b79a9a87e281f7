"""A student, served like any provider: OpenAI's chat completions over a Unix socket.

    POST body ─► distill.answer (the student) ─► chat (what is said, usage) ─► JSON or SSE
                         └─ not sure, or not what it learned ─► 421 declined: the teacher answers

    chat      answers, streams and refusals as bytes; what a call used
    server    HTTP/1.1 on httptools, one connection a gateway worker's line
    __main__  `python -m stillhouse.upstream.student FOLDER --listen SOCKET`

It runs in a process of its own, with numpy and nothing that trains.
"""
