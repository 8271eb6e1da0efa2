// What all recordings came to.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Chart } from "../chart";
import { Answered, useAnswer } from "../load";
import { toRecording } from "../route";
import { get } from "../server";
import { clockText, count, dollars, duration, short } from "../words";

interface Row {
  [by: string]: unknown;
  calls: number;
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  recordings: number;
  cost_usd: number | null;
  without_price?: number;
}

interface Cost {
  by: string;
  rows: Row[];
  cost_usd: number | null;
  without_price: number;
  prices_as_of: string;
}

interface Stats {
  recordings: number;
  failed: number;
  duration: number;
  tools: { name: string; calls: number; failed: number; ms: number }[];
  slowest: { ms: number; t: number; what: string; about: string; id: string }[];
}

const MOST_DAYS = 1000; // that are drawn

const SINCE: [string, string][] = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["", "all"],
];

export function CostPage() {
  const since = useSignal("30d");
  const by = useSignal("model");
  const days = useAnswer<Cost>((signal) => get("/cost", { by: "day", since: since.value }, signal), [since.value]);
  const sums = useAnswer<Cost>(
    (signal) => get("/cost", { by: by.value, since: since.value }, signal),
    [since.value, by.value],
  );
  const stats = useAnswer<Stats>((signal) => get("/stats", { since: since.value }, signal), [since.value]);
  return (
    <div class="page">
      <div class="filters">
        <span class="group" role="group" aria-label="Since">
          {SINCE.map(([value, title]) => (
            <button key={value} aria-pressed={since.value === value} onClick={() => (since.value = value)}>
              {title}
            </button>
          ))}
        </span>
        <label>
          By{" "}
          <select value={by.value} onChange={(event) => (by.value = event.currentTarget.value)}>
            {["model", "agent", "project", "day"].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <Answered state={days}>{(cost) => <Days cost={cost} />}</Answered>
      <Answered state={sums}>{(cost) => <Sums cost={cost} />}</Answered>
      <Answered state={stats}>{(it) => <Tools stats={it} />}</Answered>
    </div>
  );
}

function Days({ cost }: { cost: Cost }) {
  const { names, sums } = useMemo(() => everyDay(cost.rows), [cost]);
  return (
    <>
      <p class="so-far">
        <b>{dollars(cost.cost_usd, cost.without_price) || "Nothing"}</b>
        {cost.without_price > 0 && ` (${count(cost.without_price, "call")} without a price)`}{" "}
        <span class="dim">list prices of {cost.prices_as_of}</span>
      </p>
      {names.length > 1 && (
        <Chart label="Dollars a day" x={[...sums.keys()]} y={sums} words={dollars} names={names} />
      )}
    </>
  );
}

// The days from the first to the last one, those on which nothing was spent too.
function everyDay(rows: Row[]): { names: string[]; sums: number[] } {
  const spent = new Map(rows.map((row) => [String(row["day"]), row.cost_usd ?? 0]));
  const days = [...spent.keys()].filter((day) => /^\d{4}-\d\d-\d\d$/.test(day)).sort();
  const names: string[] = [];
  const sums: number[] = [];
  const last = days.at(-1) ?? "";
  if (!days.length) return { names, sums };
  const date = new Date(`${days[0]}T00:00Z`);
  for (let n = 0; n < MOST_DAYS && date.toISOString().slice(0, 10) <= last; n++) {
    names.push(date.toLocaleDateString([], { month: "short", day: "numeric", timeZone: "UTC" }));
    sums.push(spent.get(date.toISOString().slice(0, 10)) ?? 0);
    date.setUTCDate(date.getUTCDate() + 1);
  }
  return { names, sums };
}

function Sums({ cost }: { cost: Cost }) {
  const rows = [...cost.rows].sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0));
  return (
    <table>
      <thead>
        <tr>
          <th>{cost.by}</th>
          <th class="n">Recordings</th>
          <th class="n">Calls</th>
          <th class="n">Tokens</th>
          <th class="n">Output</th>
          <th class="n">Cost</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, n) => (
          <tr key={n}>
            <td>{String(row[cost.by] ?? "?")}</td>
            <td class="n">{row.recordings}</td>
            <td class="n">{short(row.calls)}</td>
            <td class="n">{short(row.input + row.output + row.cache_read + row.cache_write)}</td>
            <td class="n">{short(row.output)}</td>
            <td class="n">{dollars(row.cost_usd, row.without_price)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Tools({ stats }: { stats: Stats }) {
  return (
    <>
      <p class="so-far">
        {count(stats.recordings, "recording")}, {stats.failed} failed, {duration(stats.duration * 1000)} in all
      </p>
      <div class="columns">
        {stats.tools.length > 0 && (
          <table>
            <thead>
              <tr>
                <th>Tool</th>
                <th class="n">Calls</th>
                <th class="n">Failed</th>
                <th class="n">Time</th>
              </tr>
            </thead>
            <tbody>
              {stats.tools.slice(0, 20).map((tool) => (
                <tr key={tool.name}>
                  <td>{tool.name}</td>
                  <td class="n">{short(tool.calls)}</td>
                  <td class={tool.failed ? "n bad" : "n"}>{tool.failed}</td>
                  <td class="n">{duration(tool.ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <table>
          <thead>
            <tr>
              <th>Slowest</th>
              <th class="n">Took</th>
            </tr>
          </thead>
          <tbody>
            {stats.slowest.map((it, n) => (
              <tr key={n}>
                <td>
                  <a href={toRecording(it.id, { t: String(Math.max(0, it.t - it.ms / 1000)) })}>
                    {it.what} {it.about.slice(0, 80)}
                  </a>{" "}
                  <span class="dim">{clockText(it.t * 1000)}</span>
                </td>
                <td class="n">{duration(it.ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
