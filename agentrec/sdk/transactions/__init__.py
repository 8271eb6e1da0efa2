"""Transactions for programs: ``transaction_workspace`` has ``Workspace``."""
