// The Conversation panel: messages and tool calls, in step with the screen.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { clockText, duration } from "../format";
import { Code, Colored } from "./code";
import { EditDiff } from "./diff";
import { languageOf } from "./highlight";
import { FollowingList } from "./list";
import type { Playback } from "./playback";
import { asText } from "./entries";
import type { Entry } from "./entries";

// Longer text is cut at first.
const MAX_CHARS = 4000;
const MAX_DEPTH = 6; // steps in steps that are shown so
const SIGNS: Record<Entry["kind"], string> = {
  ...{ user: "❯", assistant: "›", thinking: "…", tool: "▸", step: "○", command: "$", state: "·" },
  ...{ note: "✎", error: "✗", end: "■" },
};

// Languages that are named otherwise than their files.
const NAMES: Record<string, string> = {
  ...{ python: "py", javascript: "js", typescript: "ts", rust: "rs", ruby: "rb", shell: "sh", console: "sh" },
};

interface Props {
  playback: Playback;
  entries: ReadonlySignal<Entry[]>;
  loading: ReadonlySignal<boolean>;
  progress: ReadonlySignal<number>;
}

export function Conversation({ playback, entries, loading, progress }: Props) {
  const line = useCallback((entry: Entry) => <Line entry={entry} playback={playback} />, [playback]);
  if (!entries.value.length) {
    return (
      <p class="empty">
        {loading.value ? "Loading …" : "No conversation: only the terminal was recorded."}
      </p>
    );
  }
  return (
    <>
    {loading.value && <progress value={progress.value} aria-label="Loading" />}
    <FollowingList
      class="story"
      label="Conversation and tools"
      items={entries.value}
      playback={playback}
      id={(entry) => entry.seq}
      name={(entry) => `entry ${entry.kind}${entry.failed ? " bad" : ""}`}
      version={(entry) => entry.ended}
      render={line}
    />
    </>
  );
}

function Line({ entry, playback }: { entry: Entry; playback: Playback }) {
  return (
    <>
      <button class="at" onClick={() => playback.seek(entry.t)} title="Go to this time">
        {clockText(entry.t)}
      </button>
      <span class="sign" aria-hidden="true">
        {SIGNS[entry.kind]}
      </span>
      <div class="what">{body(entry)}</div>
    </>
  );
}

function body(entry: Entry) {
  switch (entry.kind) {
    case "tool":
      return <Tool entry={entry} />;
    case "error":
    case "step":
      if (!entry.step) break;
      return <StepEntry entry={entry} />;
    case "thinking":
      return (
        <Fold head={<i>thinking</i>}>
          <Text text={entry.text} />
        </Fold>
      );
    case "user":
    case "assistant":
      return (
        <>
          <div class="who">{entry.title}</div>
          <Text text={entry.text} />
        </>
      );
  }
  return (
    <div class="said">
      <b>{entry.title}</b> {entry.text}
    </div>
  );
}

function Fold({ head, children }: { head: preact.ComponentChildren; children: preact.ComponentChildren }) {
  const open = useSignal(false);
  return (
    <details onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{head}</summary>
      {open.value && children}
    </details>
  );
}

function Tool({ entry }: { entry: Entry }) {
  const state = entry.output === undefined ? "no result" : entry.failed ? "failed" : "";
  return (
    <Fold
      head={
        <>
          <span class="aside">
            {state && <span class={entry.failed ? "flag bad" : "flag"}>{state}</span>}
            {entry.ms !== null && <span>{duration(entry.ms)}</span>}
          </span>
          <b>{entry.title}</b> <code>{entry.text}</code>
        </>
      }
    >
      <Input input={entry.input} />
      {entry.output !== undefined && (
        <>
          <h4>Result</h4>
          <pre class="output">
            <Cut text={entry.output || "(empty)"} />
          </pre>
        </>
      )}
    </Fold>
  );
}

// A step of a program: what it changed, and its states.
function StepEntry({ entry }: { entry: Entry }) {
  const { depth, before, after, changed, running } = entry.step!;
  const state = running ? "running" : entry.failed ? "failed" : "";
  return (
    <div style={{ marginInlineStart: `${Math.min(depth, MAX_DEPTH)}rem` }}>
      <Fold
        head={
          <>
            <span class="aside">
              {state && <span class={entry.failed ? "flag bad" : "flag"}>{state}</span>}
              {entry.ms !== null && <span>{duration(entry.ms)}</span>}
            </span>
            <b>{entry.title}</b> <code>{entry.text || changed.join(", ")}</code>
          </>
        }
      >
        <dl class="input">
          <State name="State before" value={before} />
          {changed.map((name) => (
            <State key={name} name={`Changed: ${name}`} value={(after as Record<string, unknown>)[name] ?? "(gone)"} />
          ))}
          {!running && !changed.length && <State name="State after" value={after === undefined ? undefined : "the same"} />}
          {entry.output && <State name="Failed at" value={entry.output} />}
        </dl>
      </Fold>
    </div>
  );
}

function State({ name, value }: { name: string; value: unknown }) {
  const text = value === undefined ? "cannot be read: a part of the file is missing" : typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <pre class="state">
          <Cut text={text} />
        </pre>
      </dd>
    </div>
  );
}

// A tool's input: an edit as a diff, other values as text or JSON.
function Input({ input }: { input: unknown }) {
  if (!input || typeof input !== "object") return <pre class="input">{asText(input)}</pre>;
  const given = input as Record<string, unknown>;
  const [before, after] = [given["old_string"], given["new_string"]];
  const path = asText(given["file_path"] ?? given["path"]);
  const rest = Object.entries(given).filter(([name]) => name !== "old_string" && name !== "new_string");
  return (
    <dl class="input">
      {rest.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value name={name} text={asText(value)} path={path} />
          </dd>
        </div>
      ))}
      {typeof before === "string" && typeof after === "string" && <EditDiff before={before} after={after} path={path} />}
    </dl>
  );
}

// What is written to a file, and commands, in the colors of code.
function Value({ name, text, path }: { name: string; text: string; path: string }) {
  const language = name === "command" || name === "cmd" ? "sh" : name === "content" || name === "file_text" ? path : "";
  if (language && text.includes("\n")) return <Code text={text} path={language} />;
  return (
    <pre>{text.length <= MAX_CHARS ? <Colored text={text} language={languageOf(language)} /> : <Cut text={text} />}</pre>
  );
}

function Text({ text }: { text: string }) {
  const parts = text.split(/^```([^\n]*)\n?/m); // text, language, code, the end's language, text ...
  return (
    <div class="text">
      {parts.map((part, place) => {
        if (place % 2) return null;
        const language = NAMES[parts[place - 1]!] ?? parts[place - 1] ?? "";
        return place % 4 ? <Code key={place} text={part} path={language} /> : <Cut key={place} text={part.trim()} />;
      })}
    </div>
  );
}

function Cut({ text }: { text: string }) {
  const whole = useSignal(false);
  if (text.length <= MAX_CHARS || whole.value) return <>{text}</>;
  return (
    <>
      {text.slice(0, MAX_CHARS)}
      <button class="more" onClick={() => (whole.value = true)}>
        … {(text.length - MAX_CHARS).toLocaleString("en")} more characters
      </button>
    </>
  );
}
