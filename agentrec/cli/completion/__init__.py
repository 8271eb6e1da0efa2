"""`agentrec completion`: scripts for shells, which ask it what can complete a word.

- ``completion``: the command; the scripts are beside it
- ``candidates``: what can complete the last word of a command line
- ``position``: what that word is: an option, the value of one, an argument, a word of the command to run
- ``values``: what values there are; ``recordings`` and ``snapshots``: these
- ``candidate``: what completes a word, and how the scripts read it
"""
