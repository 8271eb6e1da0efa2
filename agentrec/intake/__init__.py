"""Spans that other programs send, as recordings: one for each trace.

- ``trace_events``: the spans of a trace as events; ``conversation_log``: what of a call's messages is new;
  ``said_tools``: calls of tools that only messages tell
- ``trace_recording``: the recording of a trace, written whole, and again when more has come
- ``span_store``: spans that have come, until their trace is complete
- ``trace_intake``: takes spans, and writes recordings when no more come
"""
