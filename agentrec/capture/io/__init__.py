"""Input and output of a recording, each without decisions of its own.

- ``user_terminal``: standard input and output of the recorder.
- ``shared_terminal``: the user's terminal when some streams are not it.
- ``child_streams``: what the standard streams are, and what the command gets.
- ``job``: the other processes of a pipeline.
- ``tty``: size and attributes of a terminal.
- ``raw_mode``: raw mode of the user's terminal.
- ``terminal_modes``: modes that the child has switched on, to switch them off.
- ``open_string``: whether what was shown ends within a control string.
- ``guardian``: restores the terminal when the recorder is killed.
- ``child``: finds, starts, signals and waits for the program.
- ``session_leader``: the process between recorder and program, as a shell would be.
- ``nonblocking_writer``: writes that never wait.
- ``poller``: poll() with handlers.
- ``signal_pipe``: signals as bytes on a pipe.
"""
