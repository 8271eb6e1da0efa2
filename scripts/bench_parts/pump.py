"""The least a Python recorder does: a poll loop between two PTYs that records nothing.

Run as a program: ``pump.py COMMAND...``. The yardstick of echo latency.
"""

import os
import pty
import select
import sys
import termios
import tty


def main(command: list[str]) -> int:
    size = termios.tcgetwinsize(0)
    cooked = termios.tcgetattr(0)
    pid, master = pty.fork()
    if not pid:
        termios.tcsetwinsize(0, size)
        os.execvp(command[0], command)
    tty.setraw(0, termios.TCSANOW)
    try:
        pump(master)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, cooked)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def pump(master: int) -> None:
    """Move bytes until the child's side is closed."""
    poll = select.poll()
    poll.register(master, select.POLLIN)
    poll.register(0, select.POLLIN)
    targets = {master: 1, 0: master}
    while True:
        for fd, _ in poll.poll():
            try:
                data = os.read(fd, 65536)
            except OSError:  # EIO: nobody holds the slave side
                return
            while data:
                data = data[os.write(targets[fd], data) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
