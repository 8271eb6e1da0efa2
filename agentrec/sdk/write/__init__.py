"""How a run's events get into a recording.

- ``run_events``: the events of a run; ``calls_and_errors``: those beside its steps
- ``outbox``: takes events at once and hands them on from a thread of its own
- ``event_socket``: sends them, many at once
- ``running_recorder``: to a recorder that the program runs inside
- ``own_file``: to a process of ours that writes a recording of the run's own: ``writer_process``
- ``run_header``: the header of a run's own recording
"""
