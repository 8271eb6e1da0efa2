// Differences as lines: of a unified diff, or of two texts.

export interface Line {
  kind: "same" | "new" | "gone" | "dim";
  text: string;
  before?: number; // the line's number in the old file, and in the new one
  after?: number;
}

// Lines that did not change and are not shown.
export interface Gap {
  kind: "gap";
  count: number;
  before: number; // the first line's numbers
  after: number;
  lines?: string[]; // if they are known
}

export type DiffRow = Line | Gap;

export interface FilePatch {
  path: string;
  lines: string[];
}

// Unchanged lines that stay around a change.
const CONTEXT = 3;
// The longest way through two texts that is looked for.
const MAX_CELLS = 4_000_000;

// Split a unified diff into its files.
export function filesOf(patch: string): FilePatch[] {
  const found: FilePatch[] = [];
  for (const line of patch.split("\n")) {
    const head = line.startsWith("diff --git ") && /^diff --git (?:"?a\/(.*?)"?) (?:"?b\/(.*?)"?)$/.exec(line);
    if (head) found.push({ path: head[2] ?? "", lines: [] });
    else if (found.length) found.at(-1)!.lines.push(line);
    else if (line) found.push({ path: "", lines: [line] });
  }
  return found;
}

// What a file was called before, if it was renamed.
export function nameBefore(lines: string[]): string {
  const from = lines.find((line) => line.startsWith("rename from "));
  return from ? from.slice("rename from ".length).replace(/^"(.*)"$/, "$1") : "";
}

export function rowsOfPatch(lines: string[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let [before, after] = [1, 1];
  let inside = false; // of a hunk: the lines above the first one are about the file
  for (const line of lines) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      const [oldStart, newStart] = [Math.max(1, Number(hunk[1])), Math.max(1, Number(hunk[2]))];
      const count = newStart - after;
      if (count > 0 && hunk[3] !== "0") rows.push({ kind: "gap", count, before, after });
      [before, after] = [oldStart, newStart];
      inside = true;
    } else if (!inside) continue;
    else if (line[0] === "+") rows.push({ kind: "new", text: line.slice(1), after: after++ });
    else if (line[0] === "-") rows.push({ kind: "gone", text: line.slice(1), before: before++ });
    else if (line[0] === " ") rows.push({ kind: "same", text: line.slice(1), before: before++, after: after++ });
    else if (line) rows.push({ kind: "dim", text: line });
  }
  return rows;
}

export function rowsOfEdit(before: string, after: string): DiffRow[] {
  return folded(compared(before.split("\n"), after.split("\n")));
}

// The lines of both, with what they have in common as such.
function compared(a: string[], b: string[]): Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const middle = common(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const pairs: [number, number][] = [
    ...Array.from({ length: head }, (_, n): [number, number] => [n, n]),
    ...middle.map(([x, y]): [number, number] => [x + head, y + head]),
    ...Array.from({ length: tail }, (_, n): [number, number] => [a.length - tail + n, b.length - tail + n]),
  ];
  const lines: Line[] = [];
  let [x, y] = [0, 0];
  for (const [toX, toY] of [...pairs, [a.length, b.length] as const]) {
    for (; x < toX; x++) lines.push({ kind: "gone", text: a[x]!, before: x + 1 });
    for (; y < toY; y++) lines.push({ kind: "new", text: b[y]!, after: y + 1 });
    if (x < a.length && y < b.length) lines.push({ kind: "same", text: a[x]!, before: ++x, after: ++y });
  }
  return lines;
}

// The longest common subsequence, as pairs of places.
function common(a: string[], b: string[]): [number, number][] {
  if (a.length * b.length > MAX_CELLS) return [];
  const width = b.length + 1;
  const length = new Uint16Array((a.length + 1) * width);
  for (let x = a.length - 1; x >= 0; x--)
    for (let y = b.length - 1; y >= 0; y--) {
      const at = x * width + y;
      length[at] =
        a[x] === b[y] ? length[at + width + 1]! + 1 : Math.max(length[at + width]!, length[at + 1]!);
    }
  const pairs: [number, number][] = [];
  for (let [x, y] = [0, 0]; x < a.length && y < b.length; ) {
    if (a[x] === b[y]) pairs.push([x++, y++]);
    else if (length[(x + 1) * width + y]! >= length[x * width + y + 1]!) x += 1;
    else y += 1;
  }
  return pairs;
}

// Long stretches without a change become gaps.
function folded(lines: Line[]): DiffRow[] {
  const rows: DiffRow[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && lines[to]!.kind === "same") to += 1;
    const [start, end] = [from ? from + CONTEXT : 0, to < lines.length ? to - CONTEXT : to];
    if (end - start > CONTEXT) {
      const hidden = lines.slice(start, end);
      const { before = 1, after = 1 } = hidden[0]!;
      rows.push(...lines.slice(from, start));
      rows.push({ kind: "gap", count: hidden.length, before, after, lines: hidden.map((line) => line.text) });
      rows.push(...lines.slice(end, to));
    } else rows.push(...lines.slice(from, to));
    from = to;
    while (from < lines.length && lines[from]!.kind !== "same") rows.push(lines[from++]!);
  }
  return rows;
}

// Old and new next to each other: what was replaced stands beside what replaced it.
export function sideBySide(rows: DiffRow[]): [DiffRow | null, DiffRow | null][] {
  const pairs: [DiffRow | null, DiffRow | null][] = [];
  let [gone, fresh]: DiffRow[][] = [[], []];
  const flush = () => {
    const height = Math.max(gone!.length, fresh!.length);
    for (let n = 0; n < height; n++) pairs.push([gone![n] ?? null, fresh![n] ?? null]);
    [gone, fresh] = [[], []];
  };
  for (const row of rows) {
    if (row.kind === "gone") gone!.push(row);
    else if (row.kind === "new") fresh!.push(row);
    else {
      flush();
      pairs.push([row, row]);
    }
  }
  flush();
  return pairs;
}
