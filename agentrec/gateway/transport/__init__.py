"""Bytes of calls on their way: passed as they come, and looked at beside.

- ``relay``: passes them; ``upstream``: where to
- ``http_messages``: where a message begins and ends
- ``content_coding``: bodies as they were before compression
- ``web_socket_tap``, ``web_socket_messages``: the calls in a WebSocket
- ``exchange``: one request and its answer; ``tap``: hands them to a thread
"""
