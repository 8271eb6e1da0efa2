// The Trace panel: what took how long, as a waterfall in step with the screen.
import { useComputed } from "@preact/signals";
import { duration as long, clockText } from "../format";
import { FollowingList } from "./list";
import { criticalPath, depthOf, endOf, lanesOf } from "./spans";
import type { Lane, Span } from "./spans";
import type { PlayerState } from "./state";

// How often the position is updated.
const UPDATE_MS = 100;
// Spans shorter than this share of what is shown are drawn as long.
const MIN_SHARE = 0.003;
const MAX_SPANS = 3000;
const MAX_CHARS = 200; // of a line in the list

export function Trace({ player }: { player: PlayerState }) {
  const { turnOnly } = player;
  const { duration } = player.playback;
  const now = useComputed(() => Math.floor(player.playback.t.value / UPDATE_MS) * UPDATE_MS);
  const turn = useComputed(() => {
    const turns = player.spans.value.filter((span) => span.kind === "turn");
    return turns.findLast((span) => span.start <= now.value + UPDATE_MS) ?? turns[0] ?? null;
  });
  const all = player.spans.value;
  if (!all.length) return <p class="empty">No model calls and tools were recorded.</p>;
  const only = turnOnly.value ? turn.value : null;
  const [from, to] = only ? [only.start, endOf(only, duration.value)] : [0, duration.value];
  return (
    <div class="trace">
      <div class="above">
        <span class="group">
          <button aria-pressed={!turnOnly.value} onClick={() => (turnOnly.value = false)}>
            All
          </button>
          <button aria-pressed={turnOnly.value} onClick={() => (turnOnly.value = true)}>
            This turn
          </button>
        </span>
        <span class="keys">
          <i class="span model" /> model <i class="span tool" /> tool <i class="span tool critical" /> critical path
        </span>
      </div>
      <Sums spans={all} from={from} to={to} />
      <Waterfall player={player} spans={all} from={from} to={Math.max(to, from + 1)} now={now.value} />
      <SpanTable player={player} spans={within({ spans: all, from, to }, duration.value)} />
    </div>
  );
}

interface Shown {
  spans: Span[];
  from: number;
  to: number;
}

function within({ spans, from, to }: Shown, end: number): Span[] {
  return spans.filter((span) => span.start <= to && endOf(span, end) >= from);
}

function Sums({ spans, from, to }: Shown) {
  const sum = (kind: Span["kind"]) =>
    within({ spans, from, to }, to)
      .filter((span) => span.kind === kind)
      .reduce((total, span) => total + endOf(span, to) - span.start, 0);
  return (
    <p class="so-far">
      {long(to - from)}: model calls <b>{long(sum("model"))}</b>, tools <b>{long(sum("tool"))}</b>
    </p>
  );
}

interface WaterfallProps extends Shown {
  player: PlayerState;
  now: number;
}

function Waterfall({ player, spans, from, to, now }: WaterfallProps) {
  const end = player.playback.duration.value;
  const path = useComputed(() => criticalPath(player.spans.value, player.playback.duration.value)).value;
  const shown = within({ spans, from, to }, end).slice(0, MAX_SPANS);
  const share = (t: number) => Math.min(1, Math.max(0, (t - from) / (to - from)));
  const lanes = lanesOf(shown, end);
  return (
    <div class="waterfall">
      <div class="scale" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75].map((part) => (
          <span key={part} style={{ left: `${part * 100}%` }}>
            {clockText(from + part * (to - from), to - from < 5000)}
          </span>
        ))}
      </div>
      {lanes.map((lane, n) => (
        <div key={n} class="lane" style={{ marginLeft: `${lane.depth * 0.6}rem` }}>
          {isFirst(lanes, n) && lane.depth > 0 && <div class="actor">{lane.actor}</div>}
          <ul class="bars" aria-label={lane.actor || "turns"}>
            {lane.spans.map((span) => (
              <Bar
                key={span.id}
                {...{ span, end }}
                left={share(span.start)}
                width={Math.max(MIN_SHARE, share(endOf(span, end)) - share(span.start))}
                critical={path.has(span)}
                active={span.start <= now + UPDATE_MS && endOf(span, end) >= now}
                seek={() => player.playback.seek(span.start)}
              />
            ))}
          </ul>
        </div>
      ))}
      <div class="here" style={{ left: `${share(now) * 100}%` }} />
    </div>
  );
}

// The same as a list, in order of time.
function SpanTable({ player, spans }: { player: PlayerState; spans: Span[] }) {
  const { playback } = player;
  const end = playback.duration.value;
  const path = criticalPath(player.spans.value, end);
  const rows = [...spans].sort((a, b) => a.start - b.start).map((span) => ({ span, t: span.start, id: span.id }));
  return (
    <FollowingList
      items={rows}
      playback={playback}
      class="span-list"
      label="Turns, model calls and tools"
      name={({ span }) => (span.failed ? "bad" : span.kind)}
      id={({ id }) => id}
      version={({ span }) => `${span.end} ${span.failed} ${path.has(span)}`}
      render={({ span }) => (
        <button onClick={() => playback.seek(span.start)} style={{ paddingLeft: `${depthOf(span.actor)}rem` }}>
          <span class="dim">{clockText(span.start)}</span> <span class="took">{tookOf(span, end)}</span>{" "}
          <span class={path.has(span) ? "what critical" : "what"}>
            {span.kind !== "turn" && <b>{span.name}</b>} {span.text.slice(0, MAX_CHARS)}
          </span>
        </button>
      )}
    />
  );
}

function tookOf(span: Span, end: number): string {
  return span.end === null ? "not ended" : long(endOf(span, end) - span.start);
}

function isFirst(lanes: Lane[], n: number): boolean {
  return lanes[n - 1]?.actor !== lanes[n]!.actor;
}

interface BarProps {
  span: Span;
  end: number;
  left: number;
  width: number;
  critical: boolean;
  active: boolean;
  seek: () => void;
}

function Bar({ span, end, left, width, critical, active, seek }: BarProps) {
  const what = [span.name, span.text.slice(0, 80)].filter(Boolean).join(" ");
  const label = `${what}, ${tookOf(span, end)}, at ${clockText(span.start)}${span.failed ? ", failed" : ""}`;
  const names = ["span", span.kind, critical ? "critical" : "", span.failed ? "bad" : "", active ? "active" : ""];
  return (
    <li>
      <button
        class={names.filter(Boolean).join(" ")}
        style={{ left: `${left * 100}%`, width: `${Math.min(width, 1 - left) * 100}%` }}
        title={label}
        aria-label={critical ? `${label}, on the critical path` : label}
        onClick={seek}
      >
        {width > 0.08 ? what : ""}
      </button>
    </li>
  );
}
