// Rows of styled runs as elements. Recorded text only becomes text nodes.
import type { CellStyle, Run } from "../model";
import type { Row } from "./frames";

const BOLD = 1;
const DIM = 2;
const ITALIC = 4;
const BLINK = 8;
const INVERSE = 16;
const STRIKE = 32;
const OVERLINE = 64;
const UNDERLINES = ["", "u1", "u2", "u3", "u4", "u5"];

export const FONT = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace';

const ASCII = /^[\x20-\x7e]*$/;
// Alone, not next to each other: two make a flag, where a terminal shows two letters.
const LETTER_OF_FLAG = /\p{RI}/u;

const SAFE = /^(https?:\/\/|mailto:)/i;

interface Piece {
  text: string;
  cells: number; // 0: the font draws it with the right width
}

let pen: CanvasRenderingContext2D | null = null;
const regular = new Map<string, boolean>();

// The width of a cell at a font size of one pixel.
export function cellRatio(): number {
  return widthOf("0".repeat(64)) / 64 / 100;
}

function widthOf(text: string): number {
  if (!pen) {
    pen = document.createElement("canvas").getContext("2d")!;
    pen.font = `100px ${FONT}`;
  }
  return pen.measureText(text).width;
}

// Whether a font draws this cluster exactly as wide as its cells.
function fits(cluster: string, cells: number): boolean {
  const key = `${cells}${cluster}`;
  let known = regular.get(key);
  if (known === undefined) {
    known = ([...cluster].length > 1 || !LETTER_OF_FLAG.test(cluster)) && Math.abs(widthOf(cluster) / (cellRatio() * 100) - cells) < 0.01;
    if (regular.size > 5000) regular.clear();
    regular.set(key, known);
  }
  return known;
}

// A run is of code points that take one cell each, or two each; with negative cells it is one cluster.
export function pieces(text: string, cells: number): Piece[] {
  if (ASCII.test(text) && cells > 0) return [{ text, cells: 0 }];
  if (cells < 0) return [{ text, cells: fits(text, -cells) ? 0 : -cells }];
  const points = [...text];
  const width = cells / points.length;
  const found: Piece[] = [];
  for (const point of points) {
    const last = found.at(-1);
    if (!fits(point, width)) found.push({ text: point, cells: width });
    else if (last?.cells === 0) last.text += point;
    else found.push({ text: point, cells: 0 });
  }
  return found;
}

export function drawRow(element: HTMLElement, row: Row, styles: CellStyle[]): void {
  const nodes: (Node | string)[] = [];
  for (const run of row) nodes.push(...drawRun(run, styles));
  element.replaceChildren(...nodes);
}

function drawRun(run: Run, styles: CellStyle[]): (Node | string)[] {
  const [number, text, cells] = typeof run === "string" ? [0, run] : run;
  const style = styles[number] ?? [];
  return pieces(text, cells ?? [...text].length).map((piece) => {
    if (!style.length && !piece.cells) return piece.text;
    const span = elementOf(style[5]);
    span.textContent = piece.text;
    applyStyle(span, style);
    if (piece.cells) {
      span.classList.add("box");
      span.style.width = `${piece.cells}ch`;
    }
    return span;
  });
}

// A link of the recorded program opens in a tab of its own, which does not learn where it came from.
function elementOf(link: string | undefined): HTMLElement {
  if (!link || !SAFE.test(link)) return document.createElement("span");
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.title = link;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

function applyStyle(span: HTMLElement, style: CellStyle): void {
  const [fg = null, bg = null, attributes = 0, underline = 0, line] = style;
  const names: string[] = [];
  if (attributes & BOLD) names.push("bold");
  if (attributes & DIM) names.push("dim");
  if (attributes & ITALIC) names.push("italic");
  if (attributes & BLINK) names.push("blink");
  if (attributes & STRIKE) names.push("strike");
  if (attributes & OVERLINE) names.push("overline");
  if (underline) names.push("under", UNDERLINES[underline] ?? "u1");
  span.className = names.join(" ");
  const inverse = (attributes & INVERSE) !== 0;
  const [ink, ground] = inverse ? [bg ?? "var(--t-bg)", fg ?? "var(--t-fg)"] : [fg, bg];
  if (ink !== null) span.style.color = color(ink);
  if (ground !== null) span.style.background = color(ground);
  if (line !== undefined && line !== null) span.style.textDecorationColor = color(line);
}

function color(value: number | string): string {
  if (typeof value === "string") return value;
  return value < 16 ? `var(--t-${value})` : xterm(value);
}

// The fixed part of the palette: a 6x6x6 cube and a gray ramp.
function xterm(index: number): string {
  if (index >= 232) {
    const level = 8 + 10 * (index - 232);
    return `rgb(${level} ${level} ${level})`;
  }
  const part = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const n = index - 16;
  return `rgb(${part(Math.floor(n / 36))} ${part(Math.floor(n / 6) % 6)} ${part(n % 6)})`;
}
