"""`agentrec doctor`: checks what agentrec needs on this machine.

doctor     the command: runs the checks and prints the rows
row        one row of the report
system     Python, platform, Linux-only parts, the terminal, PTYs, terminal engine
programs   git and the agents on PATH, with versions
storage    data directory, disk, control sockets, settings, signing
secrets    which recordings hold secrets (--secrets)
"""
