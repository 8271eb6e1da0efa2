// Typed records of events' data, as agentrec/recording/events reads them: what is of another type is absent.
import { Usage } from "./events";

export type Usage = Record<(typeof Usage)[number], number>;

// What a field can hold, by the name of its type.
interface Types {
  text: string;
  count: number | null;
  integer: number | null;
  number: number | null;
  ns: number | null;
  boolean: boolean | null;
  texts: string[];
  object: Record<string, unknown>;
  usage: Usage;
  any: unknown;
}

type Read<F extends Record<string, keyof Types>> = { -readonly [K in keyof F]: Types[F[K]] };

const READ: { [T in keyof Types]: (value: unknown) => Types[T] } = {
  text: (value) => (typeof value === "string" ? value : ""),
  count: (value) => (Number.isInteger(value) ? measured(value) : null),
  integer: (value) => (Number.isInteger(value) ? (value as number) : null),
  number: measured,
  ns: measured,
  boolean: (value) => (typeof value === "boolean" ? value : null),
  texts: (value) => (Array.isArray(value) ? value.filter((it): it is string => typeof it === "string") : []),
  object: table,
  usage: (value) => {
    const counts = table(value);
    return Object.fromEntries(Usage.map((name) => [name, READ.count(counts[name]) ?? 0])) as Usage;
  },
  any: (value) => value,
};

// The record of an event's data: `record(ToolCall, event.data).name`.
export function record<F extends Record<string, keyof Types>>(fields: F, data: Record<string, unknown>): Read<F> {
  const found = Object.entries(fields).map(([name, type]) => [name, READ[type](data[name])]);
  return Object.fromEntries(found) as Read<F>;
}

function measured(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function table(value: unknown): Record<string, unknown> {
  return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
