// The Cost panel: the cost of the run over time, with the current position.
import { useComputed } from "@preact/signals";
import { dollars, short } from "../format";
import { Chart } from "../chart";
import { NumberTable } from "../table";
import type { PlayerState } from "./state";

// How often the position is updated.
const UPDATE_MS = 200;

const COLUMNS = ["Model", "Calls", "Tokens", "Output", "Cost"];

interface Sum {
  model: string;
  calls: number;
  tokens: number;
  output: number;
  cost: number;
  withoutPrice: number;
}

export function Costs({ player }: { player: PlayerState }) {
  const calls = player.calls.value;
  const { duration } = player.playback;
  const lines = useComputed(() => {
    const times = [0];
    const costs = [0];
    const tokens = [0];
    for (const call of player.calls.value) {
      times.push(call.t / 1000);
      costs.push(costs.at(-1)! + (call.cost ?? 0));
      tokens.push(tokens.at(-1)! + call.tokens);
    }
    times.push(Math.max(duration.value / 1000, times.at(-1)!));
    costs.push(costs.at(-1)!);
    tokens.push(tokens.at(-1)!);
    return { times, costs, tokens };
  });
  const now = useComputed(() => Math.floor(player.playback.t.value / UPDATE_MS) * UPDATE_MS);
  if (!calls.length) return <p class="empty">No model calls were recorded.</p>;
  const { times, costs, tokens } = lines.value;
  const t = now.value;
  const soFar = calls.filter((call) => call.t <= t);
  const seek = (seconds: number) => player.playback.seek(seconds * 1000);
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
        <Chart label="Dollars over time" x={times} y={costs} now={t / 1000} onPick={seek} format={dollars} />
      )}
      <Chart label="Tokens over time" x={times} y={tokens} now={t / 1000} onPick={seek} format={short} />
      <NumberTable columns={COLUMNS} rows={sumsOf(player).map(rowOf)} />
    </div>
  );
}

function sumsOf(player: PlayerState): Sum[] {
  const sums = new Map<string, Sum>();
  for (const call of player.calls.value) {
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

function rowOf(sum: Sum) {
  const cost = sum.withoutPrice === sum.calls ? "no price" : dollars(sum.cost, sum.withoutPrice);
  return [sum.model, short(sum.calls), short(sum.tokens), short(sum.output), cost];
}
