// A curve over time, or bars with names, drawn by uPlot in the page's colours.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { themeName } from "./theme";

interface Props {
  label: string;
  x: number[]; // seconds since a recording's start; with `names` 0, 1, 2 ...
  y: number[];
  now?: number;
  onPick?: (x: number) => void;
  words: (value: number) => string;
  names?: string[]; // of bars
}

const HEIGHT = 150;

function clock(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  return s >= 3600
    ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function Chart({ label, x, y, now, onPick, words, names }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const here = useRef(now);
  here.current = now;
  const theme = themeName.value;

  useEffect(() => {
    const box = place.current!;
    const style = getComputedStyle(box);
    const [ink, line, accent] = ["--dim", "--line", "--accent"].map((name) => style.getPropertyValue(name));
    const axis = { stroke: ink!, grid: { stroke: line!, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const paths = names ? uPlot.paths.bars!({ size: [0.7, 60] }) : uPlot.paths.stepped!({ align: 1 });
    const options: uPlot.Options = {
      width: Math.max(200, box.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: (_, low, high) => (names ? [low - 0.6, high + 0.6] : [low, high]) },
        y: { range: (_, __, top) => [0, (top || 1) * 1.08] },
      },
      axes: [
        {
          ...axis,
          size: 26,
          ...(names && { incrs: [1, 2, 3, 7, 14, 30, 90, 365] }),
          values: (_, splits) => splits.map((value) => (names ? (names[value] ?? "") : clock(value))),
        },
        { ...axis, size: 54, values: (_, splits) => splits.map((value) => words(value)) },
      ],
      series: [{}, { label, stroke: accent!, fill: `color-mix(in srgb, ${accent} 22%, transparent)`, width: 1.5, paths, points: { show: false } }],
      hooks: { draw: [(u) => drawNow(u, here.current, ink!)] },
    };
    const drawn = new uPlot(options, [x, y], box);
    plot.current = drawn;
    const pick = () => {
      const left = drawn.cursor.left ?? -1;
      if (left >= 0) onPick?.(drawn.posToVal(left, "x"));
    };
    drawn.over.addEventListener("click", pick);
    const watcher = new ResizeObserver(() => drawn.setSize({ width: Math.max(200, box.clientWidth), height: HEIGHT }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [x, y, theme]);

  useEffect(() => plot.current?.redraw(false), [now]);

  const last = y.at(-1) ?? 0;
  return (
    <figure class="chart">
      <figcaption>{label}</figcaption>
      <div ref={place} role="img" aria-label={`${label}: ${words(names ? Math.max(0, ...y) : last)}`} />
    </figure>
  );
}

function drawNow(u: uPlot, now: number | undefined, colour: string): void {
  if (now === undefined) return;
  const x = Math.round(u.valToPos(now, "x", true)) + 0.5;
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
