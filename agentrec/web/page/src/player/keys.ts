// Every key of the player, as in the terminal (agentrec/tui/keys.py): one table for keys and help.

export interface Key {
  keys: string[]; // as KeyboardEvent.key has them; "S-" for shift where the key does not say it
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
    key("<", "<", "cutMore", "Cut pauses shorter"),
    key(">", ">", "cutLess", "Let pauses be longer"),
  ],
  Move: [
    key("ArrowLeft", "←", "back", "Back 5 seconds"),
    key("ArrowRight", "→", "on", "On 5 seconds"),
    key("S-ArrowLeft", "shift ←", "farBack", "Back a tenth of the recording"),
    key("S-ArrowRight", "shift →", "farOn", "On a tenth of the recording"),
    key("0 1 2 3 4 5 6 7 8 9", "0 … 9", "tenth", "Go to 0 % … 90 %"),
    key("g Home", "g", "start", "Go to the start"),
    key("G End", "G", "end", "Go to the end, or the live edge"),
    key("t :", "t :", "askTime", "Go to a time"),
  ],
  Find: [
    key("]", "]", "nextMoment", "Next moment"),
    key("[", "[", "previousMoment", "Moment before"),
    key("}", "}", "nextSnapshot", "Next snapshot"),
    key("{", "{", "previousSnapshot", "Snapshot before"),
    key("/", "/", "askSearch", "Search everything that was shown"),
    key("n", "n", "nextHit", "Next hit"),
    key("N", "N", "previousHit", "Hit before"),
    key("Escape", "esc", "clear", "End the search"),
  ],
  Do: [
    key("m", "m", "askMoment", "Add a moment here"),
    key("s", "s", "files", "Files at this time"),
    key("d", "d", "files", "What the snapshot here changed"),
    key("i", "i", "intervene", "Intervene: branch off here"),
  ],
  Look: [
    key("p", "p", "panel", "Next panel"),
    key("z", "z", "zoom", "Readable size, or all of the screen"),
    key("T", "T", "theme", "Colours: as the system, dark, light"),
    key("?", "?", "help", "Keys"),
  ],
};

const BY_KEY = new Map(
  Object.values(GROUPS).flatMap((keys) => keys.flatMap((it) => it.keys.map((name) => [name, it] as const))),
);

// The action a key event asks for, and the key's name; null where it is none of ours.
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
