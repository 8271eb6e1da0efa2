"""Text for people: sizes, counts, and foreign text made safe to print. A leaf: it imports nothing of ours."""


def format_size(count: int) -> str:
    """``14.1 KB``: a number of bytes in decimal units."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def plural(count: int, noun: str) -> str:
    """``1 event``, ``2,000 events``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """``text`` with everything a terminal could act on made visible, as ``cat -v`` does."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _visible(char) for char in text)


def one_line(text: str) -> str:
    """``text`` on one line: line breaks and tabs become blanks, the rest is :func:`printable`."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char in "\n\r\t" else _visible(char) for char in text
    )


def shorten(text: str, limit: int) -> str:
    """``text`` without line breaks and double blanks, cut with an ellipsis."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(char: str) -> str:
    code = ord(char)
    if code < 32 or code == 127:
        return f"^{chr(code ^ 64)}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
