"""Commands about one recording.

``info``, ``summary``, ``events``, ``cat``, ``branch_points``, ``convert``, ``verify``, ``repair``
"""
