// A line over time, or named bars, drawn by uPlot in the colors of the page.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockText } from "./format";
import { themeName } from "./theme";

interface Props {
  label: string;
  x: number[]; // seconds since a recording's start; with `names` 0, 1, 2 ...
  y: number[];
  now?: number;
  onPick?: (x: number) => void;
  format: (value: number) => string;
  names?: string[]; // of bars
}

const HEIGHT = 150;

export function Chart({ label, x, y, now, onPick, format, names }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const position = useRef(now);
  position.current = now;
  const theme = themeName.value;

  useEffect(() => {
    const element = box.current!;
    const style = getComputedStyle(element);
    const [ink, line, accent] = ["--dim", "--line", "--accent"].map((name) => style.getPropertyValue(name));
    const axis = { stroke: ink!, grid: { stroke: line!, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const paths = names ? uPlot.paths.bars!({ size: [0.7, 60] }) : uPlot.paths.stepped!({ align: 1 });
    const options: uPlot.Options = {
      width: Math.max(200, element.clientWidth),
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
          values: (_, splits) => splits.map((value) => (names ? (names[value] ?? "") : clockText(Math.round(value) * 1000))),
        },
        { ...axis, size: 54, values: (_, splits) => splits.map((value) => format(value)) },
      ],
      series: [{}, { label, stroke: accent!, fill: `color-mix(in srgb, ${accent} 22%, transparent)`, width: 1.5, paths, points: { show: false } }],
      hooks: { draw: [(u) => drawNow(u, position.current, ink!)] },
    };
    const drawn = new uPlot(options, [x, y], element);
    plot.current = drawn;
    const pick = () => {
      const left = drawn.cursor.left ?? -1;
      if (left >= 0) onPick?.(drawn.posToVal(left, "x"));
    };
    drawn.over.addEventListener("click", pick);
    const watcher = new ResizeObserver(() => drawn.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }));
    watcher.observe(element);
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
      <div ref={box} role="img" aria-label={`${label}: ${format(names ? Math.max(0, ...y) : last)}`} />
    </figure>
  );
}

function drawNow(u: uPlot, now: number | undefined, color: string): void {
  if (now === undefined) return;
  const x = Math.round(u.valToPos(now, "x", true)) + 0.5;
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
