"""Commands about one recording.

``info``, ``summary``, ``context``, ``events``, ``cat``,
``branch_points``, ``run_steps``, ``convert``, ``export_otel``, ``verify``, ``repair``, ``shot``

``picture_options``: options of ``convert`` and ``shot``; ``signature_text``: signatures in words
"""
