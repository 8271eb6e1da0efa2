"""Bridges from frameworks to a recorder. None imports its framework before it is used.

- ``model_clients``: the clients of OpenAI and Anthropic
- ``streamed_answers``: answers that come in pieces, put together
- ``langchain``: LangChain and LangGraph
- ``crewai``: CrewAI
- ``openai_agents``: the OpenAI Agents SDK
- ``opentelemetry_spans``: the spans of a program
"""
