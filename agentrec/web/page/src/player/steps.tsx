// The Steps panel: the steps of a program as a graph, and the state at the one that is chosen.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { count, duration, when } from "../format";
import { Icon } from "../icons";
import { Code } from "./code";
import { EditDiff } from "./diff";
import type { Entry } from "./entries";
import { graphOf } from "./graph";
import { drawn } from "./graph_layout";
import type { Box } from "./graph_layout";
import type { Fork, PlayerState } from "./state";

// Steps that are drawn at once.
const MAX_STEPS = 300;
const BEFORE = 100; // of them before the position
const MARGIN_PX = 40;

export function Steps({ player }: { player: PlayerState }) {
  const { kin, step, steps } = player;
  const inOrder = useComputed(() => [...steps.value].sort((a, b) => a.seq - b.seq)).value;
  const range = useSignal(0);
  const from = Math.min(range.value, Math.max(0, inOrder.length - MAX_STEPS));
  const to = Math.min(inOrder.length, from + MAX_STEPS);
  const chosen = step.value;
  const place = chosen ? inOrder.indexOf(chosen) : -1;
  useEffect(() => {
    if (place >= 0 && (place < from || place >= to)) range.value = Math.max(0, place - BEFORE);
  }, [place]);
  const origin = kin.value?.from;
  return (
    <div class="steps">
      {origin && (
        <p class="origin">
          Goes on from before step {origin.step} of <ForkLink fork={origin} />
        </p>
      )}
      <div class="steps-graph" tabIndex={0} role="group" aria-label="Steps">
        {from > 0 && <button onClick={() => (range.value = Math.max(0, from - MAX_STEPS))}>{count(from, "earlier step")}</button>}
        <Graph player={player} steps={withOuter(inOrder.slice(from, to))} chosen={chosen} />
        {to < inOrder.length && <button onClick={() => (range.value = to)}>{count(inOrder.length - to, "later step")}</button>}
      </div>
      {chosen && <StepState entry={chosen} />}
    </div>
  );
}

// With the steps that these are in.
function withOuter(steps: Entry[]): Entry[] {
  const found = new Set(steps);
  for (const entry of found) if (entry.step!.parent) found.add(entry.step!.parent);
  return [...found].sort((a, b) => a.seq - b.seq);
}

interface GraphProps {
  player: PlayerState;
  steps: Entry[];
  chosen: Entry | null;
}

function Graph({ player, steps, chosen }: GraphProps) {
  const area = useRef<HTMLDivElement>(null);
  const forks = new Map<number, Fork[]>();
  for (const fork of player.kin.value?.forks ?? []) forks.set(fork.step, [...(forks.get(fork.step) ?? []), fork]);
  const of = (entry: Entry) => forks.get(entry.step!.number ?? -1) ?? [];
  const { boxes, lines, width, height } = drawn(graphOf(steps), (entry) => of(entry).length);
  useEffect(() => {
    const node = area.current!.querySelector<HTMLElement>("[aria-current]");
    if (node) bringIntoSight(area.current!.parentElement!, node);
  }, [chosen]);
  return (
    <div class="steps-area" ref={area} style={{ width: `${width}px`, height: `${height}px` }}>
      {boxes.filter((box) => box.around).map((box) => <StepBox key={box.entry.seq} {...{ box, player, chosen }} />)}
      <svg width={width} height={height} aria-hidden="true">
        {lines.map(({ path, fork }) => (
          <path key={path} d={path} class={fork ? "fork" : ""} />
        ))}
      </svg>
      {boxes.filter((box) => !box.around).map((box) =>
        box.forks ? (
          <ul key={`forks ${box.entry.seq}`} class="forks" style={placeOf(box)} aria-label={`Go on from before step ${box.entry.step!.number}`}>
            {of(box.entry).map((fork, n) => (
              <li key={n}>
                <ForkLink fork={fork} />
              </li>
            ))}
          </ul>
        ) : (
          <StepBox key={box.entry.seq} {...{ box, player, chosen }} />
        ),
      )}
    </div>
  );
}

function StepBox({ box, player, chosen }: { box: Box; player: PlayerState; chosen: Entry | null }) {
  const { entry } = box;
  const { running, number } = entry.step!;
  const how = entry.failed ? "failed" : running ? "running" : entry.served ? "served" : "";
  const took = entry.ms === null ? "" : duration(entry.ms);
  const name = [number === null ? "error" : `step ${number}`, entry.title, took, how, entry.failed ? entry.text : ""];
  return (
    <button
      class={`step ${how} ${box.around ? "around" : ""}`}
      style={placeOf(box)}
      aria-current={entry === chosen ? "step" : undefined}
      aria-label={name.filter(Boolean).join(", ")}
      title={entry.text || undefined}
      onClick={() => player.choose(entry)}
    >
      <b>{entry.title}</b>
      <span>{how || took}</span>
    </button>
  );
}

function ForkLink({ fork }: { fork: Fork }) {
  const name = fork.failed ? "fork failed" : "fork";
  const text = [fork.how, fork.title].filter(Boolean).join(": ");
  const title = [text, fork.failed ? "failed" : "", fork.created && when(fork.created)].filter(Boolean).join(", ");
  return fork.address ? (
    <a class={name} href={fork.address} title={title}>
      <Icon name="branch" />
      <span>{text}</span>
    </a>
  ) : (
    <span class={`${name} dim`} title={`${title}, not available`}>
      <Icon name="branch" />
      <span>{text}</span>
    </span>
  );
}

function placeOf(box: Box) {
  return { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` };
}

const VIEWS = ["State after", "State before", "Changes"] as const;
type View = (typeof VIEWS)[number];

function StepState({ entry }: { entry: Entry }) {
  const view = useSignal<View | null>(null); // the one that was asked for
  const { number, before, after, changed, running } = entry.step!;
  const views: readonly View[] = number === null ? ["State before"] : VIEWS;
  const first = entry.failed && after === undefined ? "State before" : views[0]!; // what it failed on
  const shown = view.value && views.includes(view.value) ? view.value : first;
  return (
    <section class="step-state" aria-label="State">
      <div class="above">
        <b>{number === null ? entry.title : `${number}. ${entry.title}`}</b>
        <span class="group">
          {views.map((name) => (
            <button key={name} aria-pressed={shown === name} onClick={() => (view.value = name)}>
              {name}
            </button>
          ))}
        </span>
        {changed.length > 0 && <span class="dim">changed: {changed.join(", ")}</span>}
      </div>
      {entry.text && <p class={entry.failed ? "bad" : "dim"}>{entry.text}</p>}
      {entry.output && <pre class="bad">{entry.output}</pre>}
      {shown === "Changes" ? (
        <EditDiff before={asJson(before)} after={asJson(after)} path="state.json" />
      ) : (
        <Value value={shown === "State after" ? after : before} none={running ? "It has not ended." : "No state was recorded, or a part of the file is missing."} />
      )}
    </section>
  );
}

function Value({ value, none }: { value: unknown; none: string }) {
  return value === undefined ? <p class="dim">{none}</p> : <Code text={asJson(value)} path="state.json" />;
}

function asJson(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

// Within its own area only.
function bringIntoSight(area: HTMLElement, node: HTMLElement): void {
  const box = area.getBoundingClientRect();
  const it = node.getBoundingClientRect();
  if (it.top < box.top || it.top + MARGIN_PX > box.bottom) area.scrollTop += it.top - box.top - box.height / 3;
  if (it.left < box.left || it.left + MARGIN_PX > box.right) area.scrollLeft += it.left - box.left - box.width / 3;
}
