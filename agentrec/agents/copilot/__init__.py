"""GitHub Copilot CLI.

``companion``   follows the sessions of its process
``session_events``  the events of one session
``locks``       whose a session is
``record_kinds``  names of kinds of events
"""
