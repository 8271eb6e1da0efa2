"""The user's own rules: what else is a secret, and what is not, by the user and by the project.

``active``           the rules that apply in this process
``rule_file``        reads ``redact.toml``
``own_rule``         one rule, and the secrets it finds
``rule_set``         rules and what they allow, of all files
``bounded_pattern``  regular expressions whose work is bounded

``packs.toml`` has rules that are ready, but off: e-mail addresses, phone numbers …
"""
