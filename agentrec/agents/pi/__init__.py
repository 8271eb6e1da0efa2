"""pi (pi-coding-agent).

``companion``  follows the session files of a project
``session``    the messages of one session
``resume``     starts it again from a copy of a session
``model_endpoint``   where its model calls go
"""
