// The timeline: activity, marks, and the position.
import { useComputed, useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Activity, SearchMatch, Point } from "../model";
import { clockText } from "../format";
import { isSet, stretchOf } from "./cut";
import type { PlayerState } from "./state";

// Marks of a kind that are closer together are drawn as one.
const MAX_MARKS = 1000;
// A click this close to a mark selects it.
const SNAP_PX = 6;

export function TimelineBar({ player }: { player: PlayerState }) {
  const { playback, points, activity, errors, hits } = player;
  const track = useRef<HTMLDivElement>(null);
  const hover = useSignal<number | null>(null);
  const duration = playback.duration.value;
  const share = (t: number) => (duration ? Math.min(1, t / duration) : 0);
  const at = (event: PointerEvent): number => {
    const box = track.current!.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const t = part * duration;
    const near = nearest(points.value, t);
    const gap = near ? (Math.abs(near.t - t) / duration) * box.width : Infinity;
    return near && gap < SNAP_PX ? near.t : t;
  };
  const down = (event: PointerEvent) => {
    if (event.button) return;
    track.current!.setPointerCapture(event.pointerId);
    playback.seek(at(event));
  };
  const move = (event: PointerEvent) => {
    hover.value = at(event);
    if (event.buttons & 1 && track.current!.hasPointerCapture(event.pointerId)) {
      playback.seek(hover.value);
    }
  };
  const now = playback.t.value;
  return (
    <div
      class="bar"
      ref={track}
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={Math.round(duration / 1000)}
      aria-valuenow={Math.round(now / 1000)}
      aria-valuetext={`${clockText(now)} of ${clockText(duration)}`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerLeave={() => (hover.value = null)}
    >
      <Stretch player={player} duration={duration} />
      <ActivityGraph activity={activity} />
      <div class="way">
        <div class="gone" style={{ transform: `scaleX(${share(now)})` }} />
      </div>
      <Marks points={points} errors={errors} hits={hits} duration={duration} />
      <div class="here" style={{ left: `${share(now) * 100}%` }} />
      {hover.value !== null && (
        <Tip t={hover.value} left={share(hover.value)} points={points.value} duration={duration} />
      )}
    </div>
  );
}

// What will be cut out.
function Stretch({ player, duration }: { player: PlayerState; duration: number }) {
  if (!isSet(player.cut.value) || !duration) return null;
  const [since, until] = stretchOf(player.cut.value, duration);
  const width = Math.max(0, until - since) / duration;
  return <div class="stretch" style={{ left: `${(since / duration) * 100}%`, width: `${width * 100}%` }} />;
}

function Tip({ t, left, points, duration }: { t: number; left: number; points: Point[]; duration: number }) {
  const near = nearest(points, t);
  const label = near && Math.abs(near.t - t) < duration / 200 ? near.label || near.id : "";
  const side = left < 0.2 ? "tip start" : left > 0.8 ? "tip end" : "tip";
  return (
    <div class={side} style={{ left: `${left * 100}%` }}>
      <b>{clockText(t)}</b> {label.slice(0, 80)}
    </div>
  );
}

function ActivityGraph({ activity }: { activity: ReadonlySignal<Activity | null> }) {
  const path = useComputed(() => {
    const parts = activity.value?.output ?? [];
    const top = Math.log1p(Math.max(1, ...parts));
    const heights = parts.map((bytes) => (bytes ? 0.12 + (0.88 * Math.log1p(bytes)) / top : 0));
    const steps = heights.map((height, x) => `V${(1 - height).toFixed(3)}H${x + 1}`);
    return { d: `M0 1${steps.join("")}V1Z`, width: Math.max(1, parts.length) };
  });
  const { d, width } = path.value;
  return (
    <svg class="waves" viewBox={`0 0 ${width} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

interface MarksProps {
  points: ReadonlySignal<Point[]>;
  errors: ReadonlySignal<number[]>;
  hits: ReadonlySignal<SearchMatch[]>;
  duration: number;
}

function Marks({ points, errors, hits, duration }: MarksProps) {
  const [moments, faults, found] = [points.value, errors.value, hits.value];
  return useMemo(() => {
    if (!duration) return null;
    const left = (t: number) => ({ left: `${Math.min(100, (t / duration) * 100)}%` });
    return (
      <div class="marks" aria-hidden="true">
        {apart([
          ...moments.map((it): Mark => [markClass(it), it.t]),
          ...faults.map((t): Mark => ["mark error", t]),
          ...found.map((it): Mark => ["mark hit", it.t]),
        ], duration).map(([name, t]) => (
          <i key={name + t} class={name} style={left(t)} />
        ))}
      </div>
    );
  }, [moments, faults, found, duration]);
}

type Mark = [string, number];

// Marks of a kind that would overlap become one.
function apart(marks: Mark[], duration: number): Mark[] {
  const seen = new Map<string, Mark>();
  for (const mark of marks) seen.set(`${mark[0]} ${Math.round((mark[1] / duration) * MAX_MARKS)}`, mark);
  return [...seen.values()];
}

function markClass(point: Point): string {
  const bad = point.status === "failed" || point.status === "torn";
  return `mark ${point.kind}${bad ? " bad" : ""}`;
}

function nearest(points: Point[], t: number): Point | null {
  let best: Point | null = null;
  for (const point of points) {
    if (!best || Math.abs(point.t - t) < Math.abs(best.t - t)) best = point;
  }
  return best;
}
