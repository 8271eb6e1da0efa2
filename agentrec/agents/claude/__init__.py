"""Claude Code.

``companion``      follows its sessions and their sub-agents
``hooks``          settings that make it report permissions and durations
``session_files``  the transcripts of a session and its sub-agents
``transcript``     its records, one per content block
``resume``         starts it again from a copy of a transcript
``permission_mode``  the permission mode at a point
``model_endpoint`` where its model calls go
"""
