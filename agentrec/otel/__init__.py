"""Recordings as OpenTelemetry traces.

- ``span``: one span, and the ids that are the same in every export.
- ``run_spans``: the spans of a recording.
- ``otlp``: spans as OTLP, JSON and protobuf.
- ``endpoint``: where they go, and how.

Names are those of the conventions for generative AI (`gen_ai.*`, semantic conventions 1.41); see
docs/opentelemetry.md.
"""
