// Cost and tools over all recordings.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Chart } from "../chart";
import { Loaded, useRequest } from "../load";
import { toRecording } from "../route";
import { get } from "../server";
import { NumberTable } from "../table";
import { clockText, count, dollars, duration, short } from "../format";

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
  unpriced: { model: string; calls: number; tokens: number }[];
  prices_as_of: string;
}

interface Stats {
  recordings: number;
  failed: number;
  duration: number;
  tools: { name: string; calls: number; failed: number; ms: number }[];
  slowest: { ms: number; t: number; what: string; about: string; id: string }[];
}

const MAX_DAYS = 1000;
const MAX_TOOLS = 20;

const SINCE: [string, string][] = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["", "all"],
];

export function CostPage() {
  const since = useSignal("30d");
  const by = useSignal("model");
  const days = useRequest<Cost>((signal) => get("/cost", { by: "day", since: since.value }, signal), [since.value]);
  const sums = useRequest<Cost>(
    (signal) => get("/cost", { by: by.value, since: since.value }, signal),
    [since.value, by.value],
  );
  const stats = useRequest<Stats>((signal) => get("/stats", { since: since.value }, signal), [since.value]);
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
      <Loaded state={days}>{(cost) => <Days cost={cost} />}</Loaded>
      <Loaded state={sums}>{(cost) => <Sums cost={cost} />}</Loaded>
      <Loaded state={stats}>{(it) => <Tools stats={it} />}</Loaded>
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
        <span class="dim">list prices as of {cost.prices_as_of}</span>
      </p>
      {cost.unpriced.length > 0 && (
        <ul class="unpriced" aria-label="Models without a price">
          {cost.unpriced.map((it) => (
            <li key={it.model}>
              {it.model}: {count(it.calls, "call")}, {count(it.tokens, "token")}
            </li>
          ))}
        </ul>
      )}
      {names.length > 1 && (
        <Chart label="Dollars per day" x={[...sums.keys()]} y={sums} format={dollars} names={names} />
      )}
    </>
  );
}

// All days from the first to the last, also those without costs.
function everyDay(rows: Row[]): { names: string[]; sums: number[] } {
  const spent = new Map(rows.map((row) => [String(row["day"]), row.cost_usd ?? 0]));
  const days = [...spent.keys()].filter((day) => /^\d{4}-\d\d-\d\d$/.test(day)).sort();
  const names: string[] = [];
  const sums: number[] = [];
  const last = days.at(-1) ?? "";
  if (!days.length) return { names, sums };
  const date = new Date(`${days[0]}T00:00Z`);
  for (let n = 0; n < MAX_DAYS && date.toISOString().slice(0, 10) <= last; n++) {
    names.push(date.toLocaleDateString([], { month: "short", day: "numeric", timeZone: "UTC" }));
    sums.push(spent.get(date.toISOString().slice(0, 10)) ?? 0);
    date.setUTCDate(date.getUTCDate() + 1);
  }
  return { names, sums };
}

function Sums({ cost }: { cost: Cost }) {
  const rows = [...cost.rows].sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0));
  return (
    <NumberTable
      columns={[cost.by, "Recordings", "Calls", "Tokens", "Output", "Cost"]}
      rows={rows.map((row) => [
        String(row[cost.by] ?? "?"),
        row.recordings,
        short(row.calls),
        short(row.input + row.output + row.cache_read + row.cache_write),
        short(row.output),
        dollars(row.cost_usd, row.without_price),
      ])}
    />
  );
}

function Tools({ stats }: { stats: Stats }) {
  return (
    <>
      <p class="so-far">
        {count(stats.recordings, "recording")}, {stats.failed} failed, {duration(stats.duration * 1000)} in total
      </p>
      <div class="columns">
        {stats.tools.length > 0 && (
          <NumberTable
            columns={["Tool", "Calls", "Failed", "Time"]}
            rows={stats.tools.slice(0, MAX_TOOLS).map((tool) => [
              tool.name,
              short(tool.calls),
              <span class={tool.failed ? "bad" : undefined}>{tool.failed}</span>,
              duration(tool.ms),
            ])}
          />
        )}
        <NumberTable
          columns={["Slowest operations", "Took"]}
          rows={stats.slowest.map((slow) => [<Slow slow={slow} />, duration(slow.ms)])}
        />
      </div>
    </>
  );
}

function Slow({ slow }: { slow: Stats["slowest"][number] }) {
  return (
    <>
      <a href={toRecording(slow.id, { t: String(Math.max(0, slow.t - slow.ms / 1000)) })}>
        {slow.what} {slow.about.slice(0, 80)}
      </a>{" "}
      <span class="dim">{clockText(slow.t * 1000)}</span>
    </>
  );
}
