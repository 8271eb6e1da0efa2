// What the run cost, over its time: drawn as steps, with the position in it.
import { useComputed } from "@preact/signals";
import { dollars, short } from "../words";
import { Chart } from "../chart";
import type { Room } from "./room";

const STEP = 200; // ms between looks at the position

interface Sum {
  model: string;
  calls: number;
  tokens: number;
  output: number;
  cost: number;
  withoutPrice: number;
}

export function Costs({ room }: { room: Room }) {
  const calls = room.calls.value;
  const { duration } = room.playback;
  const lines = useComputed(() => {
    const times = [0];
    const costs = [0];
    const tokens = [0];
    for (const call of room.calls.value) {
      times.push(call.t / 1000);
      costs.push(costs.at(-1)! + (call.cost ?? 0));
      tokens.push(tokens.at(-1)! + call.tokens);
    }
    times.push(Math.max(duration.value / 1000, times.at(-1)!));
    costs.push(costs.at(-1)!);
    tokens.push(tokens.at(-1)!);
    return { times, costs, tokens };
  });
  const now = useComputed(() => Math.floor(room.playback.t.value / STEP) * STEP);
  if (!calls.length) return <p class="empty">No model calls were told.</p>;
  const { times, costs, tokens } = lines.value;
  const t = now.value;
  const soFar = calls.filter((call) => call.t <= t);
  const seek = (seconds: number) => room.playback.seek(seconds * 1000);
  const priced = calls.some((call) => call.cost !== null);
  return (
    <div class="costs">
      <p class="so-far">
        So far <b>{priced ? dollars(soFar.reduce((sum, call) => sum + (call.cost ?? 0), 0)) : "no price"}</b>
        {" of "}
        <b>{priced ? dollars(costs.at(-1)!) : "no price"}</b>, {soFar.length} of {calls.length} model calls,{" "}
        {short(soFar.reduce((sum, call) => sum + call.tokens, 0))} of {short(tokens.at(-1)!)} tokens
      </p>
      {priced && (
        <Chart label="Dollars over time" x={times} y={costs} now={t / 1000} onPick={seek} words={dollars} />
      )}
      <Chart label="Tokens over time" x={times} y={tokens} now={t / 1000} onPick={seek} words={short} />
      <Table sums={sumsOf(room)} />
    </div>
  );
}

function sumsOf(room: Room): Sum[] {
  const sums = new Map<string, Sum>();
  for (const call of room.calls.value) {
    const empty = { model: call.model, calls: 0, tokens: 0, output: 0, cost: 0, withoutPrice: 0 };
    const sum = sums.get(call.model) ?? empty;
    sum.calls += 1;
    sum.tokens += call.tokens;
    sum.output += call.output;
    sum.cost += call.cost ?? 0;
    sum.withoutPrice += call.cost === null ? 1 : 0;
    sums.set(call.model, sum);
  }
  return [...sums.values()].sort((a, b) => b.cost - a.cost || b.tokens - a.tokens);
}

function Table({ sums }: { sums: Sum[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Model</th>
          <th class="n">Calls</th>
          <th class="n">Tokens</th>
          <th class="n">Output</th>
          <th class="n">Cost</th>
        </tr>
      </thead>
      <tbody>
        {sums.map((sum) => (
          <tr key={sum.model}>
            <td>{sum.model}</td>
            <td class="n">{sum.calls}</td>
            <td class="n">{short(sum.tokens)}</td>
            <td class="n">{short(sum.output)}</td>
            <td class="n">
              {sum.withoutPrice === sum.calls ? "no price" : dollars(sum.cost, sum.withoutPrice)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
