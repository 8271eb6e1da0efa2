"""Conversations that agents have on the disk already, as recordings without a screen.

``stored_sessions``  which sessions there are, and where
``aider_sessions``   aider's, which are where it worked
``session_events``   one session as events, by the agent's own parser
``files_beside``     the files that hold a part of a session besides its own
``session_kinds``    which agent's session a file is
``session_file``     one file of an agent's, wherever it is
``added_by_user``    what somebody added to an import, which is kept
``session_import``   writes recordings of them, each again only when it has grown

The agents' files are only read.
"""
