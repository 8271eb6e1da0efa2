"""Parts of scripts/guard.

- ``planted_defects``: what of the planted defects is found
- ``second_opinion``: whether findings in good code are right, by other means than the guard's
- ``peers``: how long a file takes, beside lizard and jscpd
"""
