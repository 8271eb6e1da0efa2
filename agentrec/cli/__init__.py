"""The command line.

- ``main``: the entry point; ``commands``: the table of all commands
- ``common``: options, output and warnings that commands share; ``gate_options``: those of gates
- ``progress``: the bar of what takes long; ``help_text``: help as wide as the terminal
- ``mcp``: `agentrec mcp`
- ``doctor``: `agentrec doctor`; ``config``: `agentrec config`; ``shell_init``: `agentrec shell-init`

Commands are in packages named after what they are about; a module is named like its command.

- ``capture``: record, ci, mark, note, event
- ``play``: replay, watch
- ``inspect``: commands about one recording
- ``cuts``: cut, trim, speed, join
- ``library``: commands about many recordings, and serve
- ``fleet``: push, pull, sync
- ``upkeep``: title, tag, rm
- ``snapshots``: files at a point of a recording
- ``branches``: branch, branches, ghost
- ``golden``: golden list, save, run, show, remove
- ``guard``: guard scan, baseline, rules
- ``redact``: redact list, test; scrub
- ``transactions``: tx status, begin, savepoint, rollback, commit, abort, open
- ``completion``: completion, and what completes a word
"""
