"""Ghosts: a run again, its model's answers taken from its own recording, with no connection out.

- ``ghost_run``: what a ghost needs: files, command, calls; and how it is started
- ``handover``: where the real model takes over, with a message of the user
- ``snapshot_check``: whether files are those of a snapshot
- ``loopback``: a network of its own for this process, with loopback only
- ``ghost_companion``: starts the server, and ends the run when a request has no answer
- ``ghost_process``: the process that answers: ``ghost_server`` decides what, ``ghost_http`` sends it, and
  ``web_socket_server`` over a WebSocket
- ``recorded_answer``: an answer as bytes; ``live_answer``: one of the real model, where that is wished
- ``request_match``: which recorded request a request is; ``volatile``: what may differ
- ``request_diff``: how two requests differ, in a few lines
"""
