"""Commands about secrets in recordings.

redact_list   the user's own rules that apply here
redact_test   what rules would mask in a file
scrub         masks a recording that exists
"""
