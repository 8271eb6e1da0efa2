// The list of recordings, and search in all of them.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Loaded, useRequest } from "../load";
import { OpenFile } from "./open_file";
import { amend, link, toRecording } from "../route";
import { MAX_HITS, getPages, leftOutText } from "../server";
import type { Hit, HitList, Session } from "../server";
import { clockText, count, dollars, duration, ended, nameOf, short, size, when } from "../format";

const PAGE_SIZE = 50;
const HITS_PAGE_SIZE = 100;
// The most that one request returns.
const MAX_SESSIONS = 500;
const POLL_MS = 4000;
// How long after the last key the search starts.
const TYPING_PAUSE_MS = 250;

interface SessionList {
  sessions: Session[];
  total: number;
  unreadable: { path: string; reason: string }[];
}

export function Library({ query }: { query: URLSearchParams }) {
  const text = useSignal(query.get("q") ?? "");
  const wanted = useSignal(text.value);
  const since = useSignal(query.get("since") ?? "");
  const state = useSignal(query.get("state") ?? "");
  const agent = useSignal(query.get("agent") ?? "");

  useEffect(() => {
    const timer = setTimeout(() => (wanted.value = text.value.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text.value]);

  const filters = { since: since.value, agent: agent.value, [stateName(state.value)]: state.value };
  useEffect(() => {
    amend({ q: wanted.value, since: since.value, agent: agent.value, state: state.value });
  }, [wanted.value, since.value, agent.value, state.value]);

  const clear = () => {
    for (const filter of [since, state, agent]) filter.value = "";
  };
  return (
    <div class="page">
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="wide">
          <span class="hidden">Search all recordings</span>
          <input
            type="search"
            placeholder="Search messages, commands, output …"
            value={text.value}
            maxLength={500}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
        <label>
          <span class="hidden">Agent</span>
          <input
            placeholder="Agent"
            value={agent.value}
            maxLength={100}
            onChange={(event) => (agent.value = event.currentTarget.value.trim())}
          />
        </label>
        <Choice label="Since" value={since} options={SINCE} />
        <Choice label="State" value={state} options={STATES} />
      </form>
      <OpenFile />
      {wanted.value ? (
        <Hits query={wanted.value} filters={filters} />
      ) : (
        <Sessions filters={filters} clear={clear} />
      )}
    </div>
  );
}

const SINCE: [string, string][] = [
  ["", "any time"],
  ["today", "today"],
  ["7d", "last 7 days"],
  ["30d", "last 30 days"],
];
const STATES: [string, string][] = [
  ["", "any state"],
  ["live", "running"],
  ["failed", "failed"],
  ["ok", "succeeded"],
  ["torn", "cut short"],
  ["damaged", "damaged"],
];

// How it ended and the state of the file are two parameters of the API.
function stateName(value: string): string {
  return value === "ok" || value === "failed" ? "exit" : "state";
}

interface ChoiceProps {
  label: string;
  value: { value: string };
  options: [string, string][];
}

function Choice({ label, value, options }: ChoiceProps) {
  return (
    <label>
      <span class="hidden">{label}</span>
      <select value={value.value} onChange={(event) => (value.value = event.currentTarget.value)}>
        {options.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function Sessions({ filters, clear }: { filters: Record<string, string>; clear: () => void }) {
  const limit = useSignal(PAGE_SIZE);
  const chosen = useSignal<string[]>([]);
  const answer = useRequest<SessionList>(
    (signal) => getPages<SessionList>("/sessions", "sessions", filters, limit.value, MAX_SESSIONS, signal),
    [JSON.stringify(filters), limit.value],
  );
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) answer.repeat();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, []);
  const choose = (id: string) => {
    const rest = chosen.value.filter((it) => it !== id);
    chosen.value = rest.length < chosen.value.length ? rest : [...rest, id].slice(-2);
  };
  return (
    <Loaded state={answer}>
      {({ sessions, total, unreadable }) => (
        <>
          <div class="above">
            <span class="dim">{count(total, "recording")}</span>
            {chosen.value.length === 2 ? (
              <a class="button" href={link("compare", chosen.value)}>
                Compare
              </a>
            ) : (
              chosen.value.length === 1 && <span class="dim">select another one to compare</span>
            )}
          </div>
          {!sessions.length && <Nothing filtered={Object.values(filters).some(Boolean)} clear={clear} />}
          <ul class="sessions">
            {sessions.map((it) => (
              <SessionRow key={it.id} it={it} chosen={chosen.value.includes(it.id)} choose={choose} />
            ))}
          </ul>
          {total > sessions.length && (
            <button onClick={() => (limit.value += PAGE_SIZE)}>More</button>
          )}
          {unreadable.length > 0 && (
            <details class="unreadable">
              <summary>{count(unreadable.length, "file")} cannot be read</summary>
              <ul>
                {unreadable.map(({ path, reason }) => (
                  <li key={path}>
                    <code>{path}</code> <span class="dim">{reason}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </Loaded>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (!filtered) return <p class="empty">No recordings. Create one with `agentrec record -- claude`, or open a file.</p>;
  return (
    <p class="empty">
      No recording matches these filters. <button onClick={clear}>Clear filters</button>
    </p>
  );
}

interface RowProps {
  it: Session;
  chosen: boolean;
  choose: (id: string) => void;
}

function SessionRow({ it, chosen, choose }: RowProps) {
  const facts = [
    it.duration === null ? "" : duration(it.duration * 1000),
    it.turns ? count(it.turns, "turn") : "",
    it.tokens ? `${short(it.tokens)} tokens` : "",
    dollars(it.cost_usd, it.without_price ?? 0),
    it.moments ? count(it.moments, "mark") : "",
    it.snapshots ? count(it.snapshots, "snapshot") : "",
    size(it.size),
  ];
  return (
    <li class="session">
      <input
        type="checkbox"
        aria-label={`Compare ${nameOf(it)}`}
        checked={chosen}
        onChange={() => choose(it.id)}
      />
      <a class="main" href={toRecording(it.id)}>
        <span class="name">{nameOf(it)}</span>
        <Badge it={it} />
        <span class="about-it">
          {[it.agent || it.program, it.project.split("/").pop(), when(it.created)].filter(Boolean).join(" · ")}
        </span>
        <span class="figures">{facts.filter(Boolean).join(" · ")}</span>
      </a>
      {it.parent && (
        <a class="branch" href={link("lineage", [it.id])} title="Branched from another recording" aria-label="Lineage">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M5 2v12M5 11c5 0 6-3 6-7" fill="none" stroke="currentColor" stroke-width="2" />
          </svg>
        </a>
      )}
    </li>
  );
}

export function Badge({ it }: { it: Pick<Session, "state" | "exit_code" | "exit_signal" | "failed"> }) {
  if (it.state === "live") return <span class="badge live on">● live</span>;
  if (it.state !== "complete") return <span class="badge bad">{it.state}</span>;
  const text = ended(it.exit_code, it.exit_signal, it.failed);
  return text ? <span class={(it.failed ?? text !== "ok") ? "badge bad" : "badge good"}>{text}</span> : null;
}

function Hits({ query, filters }: { query: string; filters: Record<string, string> }) {
  const limit = useSignal(HITS_PAGE_SIZE);
  const answer = useRequest<HitList>(
    (signal) => getPages<HitList>("/search", "hits", { ...filters, q: query }, limit.value, MAX_HITS, signal),
    [query, JSON.stringify(filters), limit.value],
  );
  return (
    <Loaded state={answer}>
      {({ hits, total, available, counted, recordings, left_out }) => {
        const groups = new Map<string, Hit[]>();
        for (const hit of hits) groups.set(hit.id, [...(groups.get(hit.id) ?? []), hit]);
        return (
          <>
            <p class="above dim" role="status">
              {total
                ? `${counted ? "" : "More than "}${count(total, "hit")} in ${count(recordings, "recording")}`
                : "No matches."}
            </p>
            {left_out.recordings > 0 && <p class="above dim">Not searched: {leftOutText(left_out)}.</p>}
            <ul class="sessions">
              {[...groups].map(([id, found]) => (
                <li key={id} class="found">
                  <a class="name" href={toRecording(id)}>
                    {nameOf({ ...found[0]!, command: [id] })}
                  </a>
                  <span class="about-it">{[found[0]!.agent, when(found[0]!.at)].filter(Boolean).join(" · ")}</span>
                  {found[0]!.total > found.length && (
                    <a class="about-it" href={toRecording(id, { t: String(found[0]!.t), q: query })}>
                      {found.length} of {count(found[0]!.total, "hit")}
                    </a>
                  )}
                  <ol>
                    {found.map((hit, n) => (
                      <li key={n}>
                        <a href={toRecording(id, { t: String(hit.t), q: query })}>
                          <span class="at">{clockText(hit.t * 1000)}</span> <span class="kind">{hit.kind}</span>{" "}
                          <span class="line">
                            {hit.line.map(([text, marked], place) =>
                              marked ? <mark key={place}>{text}</mark> : <span key={place}>{text}</span>,
                            )}
                          </span>
                        </a>
                      </li>
                    ))}
                  </ol>
                </li>
              ))}
            </ul>
            {available > hits.length && (
              <button onClick={() => (limit.value += HITS_PAGE_SIZE)}>More</button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
