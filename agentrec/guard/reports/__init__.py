"""Findings for readers.

- ``finding_text``: lines for a terminal
- ``finding_markdown``: Markdown, for summaries of CI jobs and pull requests
- ``sarif``: SARIF 2.1.0, for code scanning services and editors
"""
