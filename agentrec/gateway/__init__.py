"""The gateway: model calls of the recorded agent pass through it and are recorded.

It is a proxy on loopback in a process of its own. Bytes pass as they come; what they say is read
beside.

In the recorder:

- ``companion``: starts the process, points the agent at it, and adds its events to the recording
- ``endpoints``: which variables name a model server, and what to set for which agent
- ``private_copies``: files that an agent reads instead of the user's own
- ``settings``: what the process is told; ``helper_process``: starts it
- ``call_match``: which calls the agent's transcript tells, too

In the process:

- ``process``: where it starts
- ``transport``: bytes on their way
- ``dialects``: the APIs of model providers
- ``call_events``: events of a call; ``part_store``: parts that are recorded once
- ``call_mask``: what is never recorded
- ``side_requests``: what is asked beside the conversation
- ``call_story``: the story of an agent without a transcript
- ``call_log``: writes lines for the recorder

In readers:

- ``recorded_calls``: whole requests and answers of a recording
"""
