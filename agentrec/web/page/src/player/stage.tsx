// The recorded screen, drawn as text. Only rows that changed are touched.
import { effect, useSignal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clockText } from "../format";
import { fontSize } from "../terminals";
import { copiedRows } from "./copy";
import { cellRatio, drawRow, FONT } from "./cells";
import type { Row } from "./frames";
import type { Playback } from "./playback";

// Height of a row, in em.
const LINE_HEIGHT = 1.22;
const MIN_FONT_PX = 4;
const MAX_FONT_PX = 32;
const READABLE_FONT_PX = 12;

interface Props {
  playback: Playback;
  found: Signal<string>; // text to highlight
  zoom: Signal<boolean>; // readable size, even if the screen does not fit
  empty?: ReadonlySignal<boolean>; // no screen was recorded
  label: string;
}

export function Stage({ playback, found, zoom, empty, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const shape = useSignal("");

  useEffect(() => {
    const drawer = new Drawer(screen.current!, box.current!, playback, found);
    const fit = () => {
      drawer.fit(zoom.value);
      shape.value = drawer.shape;
    };
    playback.onDraw = () => {
      drawer.draw();
      if (drawer.shape !== shape.value) fit();
    };
    const watcher = new ResizeObserver(fit);
    watcher.observe(box.current!);
    const stop = effect(() => {
      void [zoom.value, fontSize.value];
      fit();
    });
    const stopMarks = effect(() => {
      void found.value;
      drawer.highlight();
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
    <div class="room" ref={box} tabIndex={0} role="group" aria-label="Screen" onCopy={copiedRows}>
      <div class="screen" ref={screen} data-lost={playback.lost.value || undefined} role="group" aria-roledescription="terminal" aria-label={label} data-shape={shape.value} />
      {playback.waiting.value && (
        <div class="waiting" role="status">
          Loading {clockText(playback.t.value)} …
        </div>
      )}
      {empty?.value && !playback.lost.value && (
        <div class="lost">
          <p>No screen was recorded. The conversation has what the agent did.</p>
        </div>
      )}
      {playback.lost.value && (
        <div class="lost" role="alert">
          <p>
            No picture of {clockText(playback.t.value)}: {playback.trouble.value}
          </p>
          <button onClick={() => playback.retry()}>Try again</button>
        </div>
      )}
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
    private readonly box: HTMLElement,
    private readonly playback: Playback,
    private readonly found: Signal<string>,
  ) {
    this.cursor.className = "cursor";
    screen.style.fontFamily = FONT;
  }

  draw(): void {
    const { grid } = this.playback.buffer;
    const shape = `${grid.cols}×${grid.rows.length}`;
    if (shape !== this.shape) this.reshape(shape, grid.rows.length);
    grid.rows.forEach((row, y) => {
      if (row === this.drawn[y]) return;
      drawRow(this.lines[y]!, row, grid.styles);
      this.drawn[y] = row;
    });
    const [x, y, form] = grid.cursor;
    this.cursor.dataset["form"] = String(form);
    this.cursor.style.transform = `translate(${x}ch, ${y * LINE_HEIGHT}em)`;
    this.highlight();
  }

  // Choose the font size so that the screen fits.
  fit(readable: boolean): void {
    const { grid } = this.playback.buffer;
    if (!grid.cols) return;
    const style = getComputedStyle(this.box);
    const width = this.box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const height = parseFloat(style.maxHeight) || window.innerHeight;
    const wide = width / (grid.cols * cellRatio());
    const high = (height - 16) / (grid.rows.length * LINE_HEIGHT);
    const fitting = Math.max(MIN_FONT_PX, Math.min(wide, high, MAX_FONT_PX));
    const fixed = Number(fontSize.value);
    const size = fixed || (readable ? Math.max(READABLE_FONT_PX, fitting) : fitting);
    this.screen.style.fontSize = `${Math.floor(size * 20) / 20}px`;
    this.screen.style.width = `${grid.cols}ch`;
    this.screen.style.height = `${grid.rows.length * LINE_HEIGHT}em`;
  }

  // Highlight search matches.
  highlight(): void {
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
