"""`agentrec tx`: transactions, one module each.

``tx_status``     shows open transactions
``tx_begin``      begins one
``tx_savepoint``  keeps its files as they are
``tx_rollback``   goes back to a savepoint
``tx_commit``     merges it
``tx_abort``      ends it without merging
``tx_open``       writes the files of a savepoint to a directory
``chosen``        which transaction a command is about
"""
