"""The APIs of model providers: what a call says, read from its bytes.

- ``api``: what is known about an API; ``known``: which one a path belongs to
- ``anthropic``, ``chat``, ``responses``, ``gemini``: Anthropic Messages, OpenAI Chat Completions, OpenAI
  Responses, Gemini
- ``server_sent_events``: the frames of a streamed answer

Everything here is pure: bytes and JSON in, JSON out. What is not understood is absent, never an error.
"""
