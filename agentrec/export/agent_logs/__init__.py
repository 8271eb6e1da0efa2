"""Runs of agents that other tools recorded: no screen, but steps, states and calls. Read only.

stored_session  sessions as agents keep them themselves

vcr      sessions of Agent VCR
devduck  sessions of DevDuck, without their pickles
agentos  the replay API's actions, of AgentOS or of `agentrec serve`
"""
