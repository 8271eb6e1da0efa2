"""The gateway: model calls of the recorded agent pass through it and are recorded.

It is a proxy on loopback in a process of its own. Bytes pass as they come; what they say is read beside.

In the recorder:

- ``companion``: starts the process, points the agent at it, and adds its events to the recording
- ``endpoints``: which variables name a model server, and what to set for which agent

In the process (``__main__``):

- ``settings``: what it is told
- ``relay``: passes bytes; ``upstream``: where to; ``http_messages``: where a message begins and ends
- ``web_socket_tap``, ``web_socket_messages``: the calls in a WebSocket
- ``exchange``: one request and its answer; ``tap``: hands them to a thread
- ``call_log``: writes lines for the recorder

From bytes to events:

- ``calls``: reading what was recorded, as whole requests and answers
- ``dialects``: the APIs
"""
