"""A server for agents: Model Context Protocol over standard input and output.

Every tool is a command of agentrec, so an agent gets what a user would see.

``mcp_server``  reads requests, answers them
``tools``     which tools there are, and the command of each
``command``   runs a command within bounds; what it prints is data, and marked as such
``surroundings``  variables that the agent did not pass on
``install``   registers the server with an agent, by the agent's own command
"""
