"""What agents share while they run: their files are read as they grow, and become events.

``agent``           the companion of one agent: base class, and a private folder for what it writes
``folder``          companion of agents that write a file of JSON lines per conversation
``agent_detector``  companion of any other program: finds agents that are started below it
``open_files``      what an agent's processes are and have open (Linux)
``tail``            the JSON lines of a growing file
``event_builder``   events made of what a parser understands
``misreads``        what was not understood of an agent's records
``owners``          which of several files a record belongs to
``run_mark``        tells the runs of one recording in the log of an agent
``rewinds``         prompts that were taken back, told by what the next one continues
``shortening``      limits of long texts and tool inputs
``timestamps``      times as agents write them
"""
