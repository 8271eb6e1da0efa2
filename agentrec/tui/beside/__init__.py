"""Two recordings side by side, in step.

``aligned_steps``  which time of one is which of the other, decided without a screen
``step_table``     the steps of both, a row for each pair
``beside_player``  two screens and the table on one clock
"""
