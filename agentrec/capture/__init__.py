"""Records a program: runs it in a terminal of its own, between the user and the recording's writer.

- ``recorder``: one recording from start to end; puts the others together.
- ``recording_plan``: what to record and how.
- ``pump``: moves bytes between the user's terminal and the child.
- ``pipes``: passes on and records streams that are not a terminal.
- ``terminal_recorder``: turns what happens in the terminal into events.
- ``prefix_key``: the key that is for the recorder.
- ``password_filter``: which typed bytes are never stored.
- ``shutdown``: when the recording is over, and who is killed when.
- ``event_log``: stamps events and adds them.
- ``companion_host``: runs what adds events beside the terminal.
- ``interruption``: how a companion stops the command.
- ``headless_responder``: replies to terminal queries where no terminal does.
- ``throttle``: limits for background work and for events.
- ``pausing``: what is left out, and what the screen shows after it.
- ``io``: descriptors, terminals, signals, the child.
- ``control``: requests to a running recorder.
"""
