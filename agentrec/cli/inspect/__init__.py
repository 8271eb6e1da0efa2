"""Commands about one recording.

``info``, ``summary``, ``context``, ``events``, ``cat``,
``branch_points``, ``convert``, ``verify``, ``repair``, ``shot``

``picture_options``: options of ``convert`` and ``shot``
"""
