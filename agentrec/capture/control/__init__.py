"""Requests to a running recorder, from other processes of the same user.

- ``socket_dir``: where sockets and pipes are.
- ``control_server``: the control socket, in the recorder.
- ``client``: the other end of it.
- ``external_events``: events and notes that come as requests or through a named pipe.
- ``event_stream``: many events at once, from a library inside the recorded program.
"""
