"""An agent started again with its conversation as it was at a point, and a new message.

``point``              where in a recording a conversation can be resumed
``resume``             how the agent continues from there: the entry to this package
``resumption``         what is asked for, and what will be run and written
``launch``             the command line of each agent: its ``launch.toml``, and commands made with it
``cli_options``        the options of a recorded command line that hold for another run
``transcript_prefix``  an agent's transcript up to the point
``transcript_source``  where to read it: the kept copy, the file, or where the agent has moved it
``zstd``               transcripts that an agent has compressed
``session_copy``       what agents share that open a copy of their session
``prompt_replay``      a new conversation that repeats the user's prompts
"""
