"""`agentrec golden`: good runs with a name, one module each.

``golden_list``     lists them
``golden_save``     gives a run a name
``golden_run``      plays one again, with a ledger at the end
``golden_show``     shows what is known of one
``golden_remove``   forgets a name
"""
