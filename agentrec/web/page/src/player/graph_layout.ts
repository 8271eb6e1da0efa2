// Where the steps of a graph are drawn: time runs down, parallel paths are side by side, and a step is a box around
// those inside it. Lengths are CSS pixels.
import type { Entry } from "./entries";
import type { GraphNode } from "./graph";

export const WIDTH = 168;
export const HEIGHT = 38;
const GAP = 26;
const PAD = 12;
const FORK_HEIGHT = 30; // of each run that goes on from a step

export interface Box {
  entry: Entry;
  forks: boolean; // not the step, but the runs that go on from it
  around: boolean; // has others inside
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  path: string;
  fork: boolean;
}

export interface Drawing {
  boxes: Box[]; // outer ones before those inside them
  lines: Line[];
  width: number;
  height: number;
}

// `forks` says how many runs go on from a step.
export function drawn(nodes: GraphNode[], forks: (entry: Entry) => number): Drawing {
  const levels = new Map<Entry | null, GraphNode[]>();
  const shown = new Set(nodes.map((node) => node.entry));
  for (const node of nodes) {
    const above = node.entry.step!.parent;
    const key = above && shown.has(above) ? above : null;
    levels.set(key, [...(levels.get(key) ?? []), node]);
  }
  return level(null, levels, forks);
}

interface Cell {
  box: Box;
  row: number;
  column: number;
  inside: Drawing | null;
  after: Cell[];
}

function level(above: Entry | null, levels: Map<Entry | null, GraphNode[]>, forks: (entry: Entry) => number): Drawing {
  const nodes = levels.get(above) ?? [];
  const columns = Math.max(0, ...nodes.map((node) => node.lane)) + 1;
  const cells = new Map<Entry, Cell>();
  const beside: Cell[] = [];
  for (const { entry, after, lane } of nodes) {
    const before = after.flatMap((one) => cells.get(one) ?? []);
    const row = Math.max(-1, ...before.map((cell) => cell.row)) + 1;
    const inside = levels.has(entry) ? level(entry, levels, forks) : null;
    const box = { entry, forks: false, around: !!inside, x: 0, y: 0, ...sizeAround(inside) };
    const cell = { box, row, column: lane, inside, after: before };
    cells.set(entry, cell);
    const count = forks(entry);
    const size = { width: WIDTH, height: count * FORK_HEIGHT };
    if (count) beside.push({ ...cell, box: { ...box, forks: true, around: false, ...size }, column: columns, inside: null });
  }
  return placed([...cells.values()], beside, cells);
}

function sizeAround(inside: Drawing | null) {
  if (!inside) return { width: WIDTH, height: HEIGHT };
  return { width: inside.width + 2 * PAD, height: HEIGHT + inside.height + PAD };
}

function placed(steps: Cell[], beside: Cell[], cells: Map<Entry, Cell>): Drawing {
  const all = [...steps, ...beside];
  const widths = most(all, (cell) => cell.column, (cell) => cell.box.width);
  const heights = most(all, (cell) => cell.row, (cell) => cell.box.height);
  const [xs, width] = starts(widths);
  const [ys, height] = starts(heights);
  const drawing: Drawing = { boxes: [], lines: [], width, height };
  for (const { box, row, column, inside } of all) {
    box.x = xs[column]! + (widths[column]! - box.width) / 2;
    box.y = ys[row]!;
    drawing.boxes.push(box);
    if (inside) add(drawing, inside, box.x + PAD, box.y + HEIGHT);
  }
  for (const group of withSameBefore(steps)) drawing.lines.push(...linesTo(group).map((path) => ({ path, fork: false })));
  for (const cell of beside) {
    if (cell.after.length) for (const one of cell.after) drawing.lines.push({ path: down(one.box, cell.box), fork: true });
    else drawing.lines.push({ path: across(cells.get(cell.box.entry)!.box, cell.box), fork: true });
  }
  return drawing;
}

// Steps that follow the same ones.
function withSameBefore(steps: Cell[]): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of steps) {
    const key = cell.after.map((one) => one.box.entry.seq).join();
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()];
}

// Where several follow each of several, their lines meet in one point.
function linesTo(group: Cell[]): string[] {
  const before = group[0]!.after;
  if (before.length < 2 || group.length < 2) return group.flatMap((cell) => before.map((one) => down(one.box, cell.box)));
  const centers = [...before, ...group].map(({ box }) => box.x + box.width / 2);
  const low = Math.max(...before.map(({ box }) => box.y + box.height));
  const point = { x: (Math.min(...centers) + Math.max(...centers)) / 2, y: (low + Math.min(...group.map(({ box }) => box.y))) / 2, width: 0, height: 0 };
  return [...before.map(({ box }) => down(box, point)), ...group.map(({ box }) => down(point, box))];
}

// The largest size in each row, or column.
function most(cells: Cell[], place: (cell: Cell) => number, size: (cell: Cell) => number): number[] {
  const found: number[] = [];
  for (const cell of cells) found[place(cell)] = Math.max(found[place(cell)] ?? 0, size(cell));
  return Array.from(found, (one) => one ?? 0);
}

// Where each begins, and where all end.
function starts(sizes: number[]): [number[], number] {
  let at = 0;
  const found = sizes.map((size) => (at += size + GAP) - size - GAP);
  return [found, Math.max(0, at - GAP)];
}

function add(drawing: Drawing, inside: Drawing, x: number, y: number): void {
  for (const box of inside.boxes) drawing.boxes.push(Object.assign(box, { x: box.x + x, y: box.y + y }));
  for (const line of inside.lines) drawing.lines.push({ ...line, path: moved(line.path, x, y) });
}

type Place = Pick<Box, "x" | "y" | "width" | "height">;

function down(from: Place, to: Place): string {
  const [x, y, toX, toY] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const bend = Math.min(GAP, toY - y) / 2;
  return `M ${x} ${y} C ${x} ${y + bend} ${toX} ${toY - bend} ${toX} ${toY}`;
}

function across(from: Box, to: Box): string {
  const y = from.y + HEIGHT / 2;
  return `M ${from.x + from.width} ${y} L ${to.x} ${y}`;
}

function moved(path: string, x: number, y: number): string {
  let n = 0;
  return path.replace(/[\d.-]+/g, (number) => String(Number(number) + (n++ % 2 ? y : x)));
}
