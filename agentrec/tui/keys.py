"""Every key of the player: one table for bindings, help, palette and documentation."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key, or several keys for the same action.

    ``keys``     Textual's names, comma separated
    ``shown``    as printed on a keyboard
    ``action``   the player's action
    ``text``     what it does
    ``palette``  also a command of the palette
    """

    keys: str
    shown: str
    action: str
    text: str
    palette: bool = True


GROUPS: dict[str, tuple[Key, ...]] = {
    "Play": (
        Key("space,k", "space", "play_pause", "Play or pause"),
        Key("full_stop", ".", "step(1)", "Next frame"),
        Key("comma", ",", "step(-1)", "Previous frame"),
        Key("plus,equals_sign", "+", "faster", "Faster"),
        Key("minus,underscore", "-", "slower", "Slower"),
        Key("less_than_sign", "<", "cut_more", "Shorten pauses more"),
        Key("greater_than_sign", ">", "cut_less", "Allow longer pauses"),
    ),
    "Move": (
        Key("left", "←", "skip(-5)", "Back 5 seconds"),
        Key("right", "→", "skip(5)", "Forward 5 seconds"),
        Key("shift+left", "shift ←", "share(-0.1)", "Back a tenth of the recording"),
        Key("shift+right", "shift →", "share(0.1)", "Forward a tenth of the recording"),
        *(Key(str(n), str(n), f"tenth({n})", f"Go to {n * 10}%", palette=False) for n in range(10)),
        Key("g,home", "g", "start", "Go to the start"),
        Key("G,end", "G", "end", "Go to the end, or the live edge"),
        Key("t,colon", "t :", "ask_time", "Go to a time"),
    ),
    "Find": (
        Key("right_square_bracket", "]", "mark(1)", "Next mark"),
        Key("left_square_bracket", "[", "mark(-1)", "Previous mark"),
        Key("right_curly_bracket", "}", "snapshot(1)", "Next snapshot"),
        Key("left_curly_bracket", "{", "snapshot(-1)", "Previous snapshot"),
        Key("slash", "/", "ask_search", "Search everything that was shown"),
        Key("n", "n", "hit(1)", "Next hit"),
        Key("N", "N", "hit(-1)", "Previous hit"),
        Key(
            "escape", "esc", "clear", "Clear selection, stretch, search, full screen", palette=False
        ),
    ),
    "Do": (
        Key("m", "m", "ask_mark", "Add a mark here"),
        Key("a", "a", "ask_note", "Add a note here"),
        Key("A", "A", "ask_answer", "Answer the note before this time"),
        Key("s", "s", "inspect", "Inspect the files at this time"),
        Key("d", "d", "diff", "Compare the files with those now"),
        Key("S", "S", "ask_snapshot", "Take a snapshot now (live recordings)"),
        Key("i", "i", "intervene", "Intervene: branch from here"),
        Key("o", "o", "open", "Open the message or tool call at this time"),
        Key("left_parenthesis", "(", "cut_in", "Start of a stretch to cut out"),
        Key("right_parenthesis", ")", "cut_out", "End of a stretch to cut out"),
        Key("x", "x", "cut", "Cut the stretch out as a new recording"),
        Key("y", "y", "copy", "Copy the selection, or the screen"),
        Key("E", "E", "save_picture", "Save a picture of the screen"),
        Key("e", "e", "ask_export", "Export to a file of another format"),
    ),
    "View": (
        Key("tab", "tab", "panel", "Side panel: marks, events, trace, none"),
        Key("w", "w", "trace", "Trace: what took how long; all, this turn"),
        Key("f", "f", "full_screen", "Full screen: the terminal alone"),
        Key("alt+left,ctrl+left", "alt ←", "pan(-8,0)", "Pan left", palette=False),
        Key("alt+right,ctrl+right", "alt →", "pan(8,0)", "Pan right", palette=False),
        Key("alt+up,ctrl+up", "alt ↑", "pan(0,-4)", "Pan up", palette=False),
        Key("alt+down,ctrl+down", "alt ↓", "pan(0,4)", "Pan down", palette=False),
        Key("c", "c", "follow_cursor", "Follow the cursor again"),
        Key("ctrl+t", "ctrl t", "theme", "Theme: dark, light, mixed"),
        Key("ctrl+p", "ctrl p", "command_palette", "Command palette", palette=False),
        Key("question_mark,f1", "?", "help", "Keys"),
        Key("q,ctrl+c,ctrl+q", "q", "quit", "Quit"),
    ),
}

KEYS: tuple[Key, ...] = tuple(key for group in GROUPS.values() for key in group)


def help_rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """``(group, [(keys, what they do)])``; the ten digits, and the four pans, are one row each."""
    groups = []
    for name, keys in GROUPS.items():
        rows = [
            (key.shown, key.text) for key in keys if not key.action.startswith(("tenth(", "pan("))
        ]
        if name == "Move":
            rows.insert(4, ("0 … 9", "Go to 0% … 90%"))
        if name == "View":
            rows.insert(3, ("alt ←↑↓→", "Pan, if the terminal does not fit"))
        groups.append((name, rows))
    return groups
