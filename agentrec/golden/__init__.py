"""Golden runs: good runs with a name, kept to be played again and compared with.

- ``golden_store``: their names, and what is known of each
- ``golden_fit``: whether one can be played here, and why not
- ``ledger``: what a run took, and what playing it again saved
"""
