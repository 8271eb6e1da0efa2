"""What is said about a recording: used by the command line, exports, the library and the page.

``event_text``   an event as one line
``event_parts``  an event in full
``model_calls``  which of the recorded model calls count
``summary``      sums over a run: turns, tokens, cost, tools, errors
``spans``          what took how long: lanes, critical path
``transaction_totals``  what was done in transactions
``price_list``   a price file, and the names of models in it
``context``      a run as text for a model
``pricing``      what model calls cost, by ``prices.toml``
"""
