"""Commands that record, and those that talk to a recording that is running.

- ``record``, ``ci``: record a command; both call ``start``.
- ``start``: puts a recording together, and runs it.
- ``recording_header``: the header of a new recording.
- ``output_file``: where a recording goes.
- ``limit_options``: options that limit a run.
- ``sign_options``: options that say whether it is signed.
- ``mark``, ``note``, ``event``: add something to the running recording.
- ``pause``: leaves out what happens until `agentrec resume`.
- ``discard``: nothing of the running recording is kept.
- ``running``: finds the running recording, for these.
"""
