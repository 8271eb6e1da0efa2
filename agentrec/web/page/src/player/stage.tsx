// The recorded screen, drawn as text. Only rows that changed are touched.
import { effect, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cellRatio, drawRow, FONT } from "./cells";
import type { Row } from "./film";
import type { Playback } from "./playback";

const LINE = 1.22; // height of a row in font sizes
const SMALLEST = 4;
const LARGEST = 19;
const READABLE = 12;

interface Props {
  playback: Playback;
  found: Signal<string>; // text to mark
  zoom: Signal<boolean>; // readable size, whatever fits
  label: string;
}

export function Stage({ playback, found, zoom, label }: Props) {
  const room = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const shape = useSignal("");

  useEffect(() => {
    const drawer = new Drawer(screen.current!, room.current!, playback, found);
    const fit = () => {
      drawer.fit(zoom.value);
      shape.value = drawer.shape;
    };
    playback.onDraw = () => {
      drawer.draw();
      if (drawer.shape !== shape.value) fit();
    };
    const watcher = new ResizeObserver(fit);
    watcher.observe(room.current!);
    const stop = effect(() => {
      void zoom.value;
      fit();
    });
    const stopMarks = effect(() => {
      void found.value;
      drawer.mark();
    });
    drawer.draw();
    return () => {
      watcher.disconnect();
      stop();
      stopMarks();
      playback.onDraw = () => {};
    };
  }, [playback]);

  return (
    <div class="room" ref={room}>
      <div class="screen" ref={screen} role="group" aria-roledescription="terminal" aria-label={label} data-shape={shape.value} />
      {playback.waiting.value && <div class="waiting" role="status">…</div>}
    </div>
  );
}

class Drawer {
  shape = "";
  private drawn: (Row | null)[] = [];
  private lines: HTMLElement[] = [];
  private readonly cursor = document.createElement("div");

  constructor(
    private readonly screen: HTMLElement,
    private readonly room: HTMLElement,
    private readonly playback: Playback,
    private readonly found: Signal<string>,
  ) {
    this.cursor.className = "cursor";
    screen.style.fontFamily = FONT;
  }

  draw(): void {
    const { grid } = this.playback.film;
    const shape = `${grid.cols}×${grid.rows.length}`;
    if (shape !== this.shape) this.reshape(shape, grid.rows.length);
    grid.rows.forEach((row, y) => {
      if (row === this.drawn[y]) return;
      drawRow(this.lines[y]!, row, grid.looks);
      this.drawn[y] = row;
    });
    const [x, y, form] = grid.cursor;
    this.cursor.dataset["form"] = String(form);
    this.cursor.style.transform = `translate(${x}ch, ${y * LINE}em)`;
    this.mark();
  }

  // Give the font the size at which the screen fits.
  fit(readable: boolean): void {
    const { grid } = this.playback.film;
    if (!grid.cols) return;
    const style = getComputedStyle(this.room);
    const width = this.room.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const height = parseFloat(style.maxHeight) || window.innerHeight;
    const wide = width / (grid.cols * cellRatio());
    const high = (height - 16) / (grid.rows.length * LINE);
    const fitting = Math.max(SMALLEST, Math.min(wide, high, LARGEST));
    const size = readable ? Math.max(READABLE, fitting) : fitting;
    this.screen.style.fontSize = `${Math.floor(size * 20) / 20}px`;
    this.screen.style.width = `${grid.cols}ch`;
    this.screen.style.height = `${grid.rows.length * LINE}em`;
  }

  // Mark what is looked for.
  mark(): void {
    if (!("highlights" in CSS)) return;
    const wanted = this.found.value.toLowerCase();
    const ranges = wanted ? this.lines.flatMap((line) => rangesIn(line, wanted)) : [];
    if (ranges.length) CSS.highlights.set("found", new Highlight(...ranges));
    else CSS.highlights.delete("found");
  }

  private reshape(shape: string, rows: number): void {
    this.shape = shape;
    this.drawn = new Array<Row | null>(rows).fill(null);
    this.lines = this.drawn.map(() => {
      const line = document.createElement("div");
      line.className = "line";
      return line;
    });
    this.screen.replaceChildren(...this.lines, this.cursor);
  }
}

function rangesIn(line: HTMLElement, wanted: string): Range[] {
  const text = (line.textContent ?? "").toLowerCase();
  const found: Range[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const range = document.createRange();
    const [start, end] = [nodeAt(line, at), nodeAt(line, at + wanted.length)];
    if (!start || !end) break;
    range.setStart(...start);
    range.setEnd(...end);
    found.push(range);
  }
  return found;
}

function nodeAt(line: HTMLElement, offset: number): [Node, number] | null {
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let rest = offset;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node.textContent ?? "";
    if (rest <= length) return [node, rest];
    rest -= length;
  }
  return null;
}
