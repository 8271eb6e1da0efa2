"""Recordings as OpenTelemetry traces, and what spans from elsewhere say.

- ``conventions``: names of attributes
- ``span``: one span, and the ids that are the same in every export.
- ``run_spans``: the spans of a recording; ``written_messages``: the messages in them
- ``otlp``: spans as OTLP, JSON and protobuf; ``otlp_reading`` and ``otlp_protobuf``: the other way round.
- ``endpoint``: where they go, and how.
- ``received_span``: a span from elsewhere; ``span_facts``: whether it is an agent, a call of a model
  or a tool, or a step, and what it says about it; ``span_messages``: the messages in its attributes

Names are those of the conventions for generative AI (`gen_ai.*`, semantic conventions 1.41) and, of
what is received, also those of OpenInference; see docs/opentelemetry.md.
"""
