// All keys of the player, as in the terminal (agentrec/tui/keys.py): one table for keys and help.

export interface Key {
  keys: string[]; // as in KeyboardEvent.key; with "S-" for shift if the key itself does not imply it
  shown: string;
  action: string;
  text: string;
}

const key = (keys: string, shown: string, action: string, text: string): Key => ({
  keys: keys.split(" ").map((name) => (name === "space" ? " " : name)),
  shown,
  action,
  text,
});

export const GROUPS: Record<string, Key[]> = {
  Play: [
    key("space k", "space", "toggle", "Play or pause"),
    key(".", ".", "stepOn", "Next frame"),
    key(",", ",", "stepBack", "Previous frame"),
    key("+ =", "+", "faster", "Faster"),
    key("- _", "-", "slower", "Slower"),
    key("<", "<", "shortenPauses", "Shorten pauses"),
    key(">", ">", "lengthenPauses", "Lengthen pauses"),
  ],
  Move: [
    key("ArrowLeft", "←", "back", "Back 5 seconds, or to the step before"),
    key("ArrowRight", "→", "on", "Forward 5 seconds, or to the next step"),
    key("S-ArrowLeft", "shift ←", "farBack", "Back a tenth of the recording"),
    key("S-ArrowRight", "shift →", "farOn", "Forward a tenth of the recording"),
    key("0 1 2 3 4 5 6 7 8 9", "0 … 9", "tenth", "Go to 0% … 90%"),
    key("g Home", "g", "start", "Go to the start"),
    key("G End", "G", "end", "Go to the end, or the live edge"),
    key("t :", "t :", "goToTime", "Go to a time"),
  ],
  Find: [
    key("]", "]", "nextMark", "Next mark"),
    key("[", "[", "previousMark", "Previous mark"),
    key("}", "}", "nextSnapshot", "Next snapshot"),
    key("{", "{", "previousSnapshot", "Previous snapshot"),
    key("/", "/", "search", "Search the recording"),
    key("n", "n", "nextHit", "Next hit"),
    key("N", "N", "previousHit", "Previous hit"),
    key("Escape", "esc", "clear", "Clear the search"),
  ],
  Do: [
    key("m", "m", "addMark", "Add a mark here"),
    key("a", "a", "addNote", "Add a note here"),
    key("s", "s", "files", "Files at this time"),
    key("d", "d", "files", "Changes in the snapshot at this time"),
    key("S", "S", "takeSnapshot", "Take a snapshot now (live recordings)"),
    key("i", "i", "branch", "Branch from here"),
    key("(", "(", "cutStart", "A stretch to cut out starts here"),
    key(")", ")", "cutEnd", "The stretch ends here"),
    key("x", "x", "cut", "Cut the stretch out, as a new recording"),
    key("y", "y", "copy", "Copy the selection, or the screen"),
    key("E", "E", "savePicture", "Save a picture of the screen"),
    key("l", "l", "copyLink", "Copy a link to this time"),
  ],
  View: [
    key("p", "p", "panel", "Next panel"),
    key("w", "w", "trace", "Trace: what took how long; all, this turn"),
    key("f", "f", "fullScreen", "Full screen"),
    key("v", "v", "view", "Terminal theme, font size, layout"),
    key("P", "P", "print", "Print"),
    key("z", "z", "zoom", "Readable size or whole screen"),
    key("T", "T", "theme", "Color theme: system, dark, mixed, light"),
    key("?", "?", "help", "Keys"),
  ],
};

const BY_KEY = new Map(
  Object.values(GROUPS).flatMap((keys) => keys.flatMap((it) => it.keys.map((name) => [name, it] as const))),
);

// The key of an action, as it is shown.
export function keyOf(action: string): string {
  return Object.values(GROUPS).flat().find((it) => it.action === action)?.shown ?? "";
}

// The action of a key event and the name of the key; null if it has none.
export function actionOf(event: KeyboardEvent): [string, string] | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const target = event.target as HTMLElement;
  if (target.closest("input, textarea, select, dialog")) return null;
  const pressing = event.key === " " || event.key === "Enter";
  if (pressing && target.closest("button, a, summary")) return null;
  const arrow = event.shiftKey && event.key.startsWith("Arrow");
  const found = BY_KEY.get(arrow ? `S-${event.key}` : event.key);
  return found ? [found.action, event.key] : null;
}
