"""Claude Code.

``companion``      follows its sessions and their sub-agents
``harness``        what it writes itself: commands, notifications, modes, errors
``hooks``          settings that make it report permissions and durations
``persisted_output``  outputs of tools that it keeps in files
``record_kinds``   names of kinds of records
``running``        which conversation a running process has
``session_files``  the transcripts of a session and its sub-agents
``sub_agent_copies``  the transcripts of sub-agents for a session that continues another
``totals``         its own sums, which include requests beside the conversation
``transcript``     its records, one per content block
``resume``         starts it again from a copy of a transcript
``permission_mode``  the permission mode at a point
``model_endpoint`` where its model calls go
"""
