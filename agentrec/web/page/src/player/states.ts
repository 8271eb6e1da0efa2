// States of a run's steps. A stored one is whole or what has changed since the one before, see docs/python.md.

type Json = Record<string, unknown>;

export class StateChain {
  private last: unknown;
  private next = 0;

  // The state that an event holds; undefined if one before it is missing.
  take(stored: Json): unknown {
    const { i: number, full, patch } = stored;
    if (typeof number !== "number") return undefined;
    if ("full" in stored) this.last = full;
    else if (number !== this.next) this.last = undefined;
    else if (patch !== undefined && this.last !== undefined) this.last = patched(this.last, patch);
    this.next = number + 1;
    return this.last;
  }
}

function patched(before: unknown, patch: unknown): unknown {
  const { keep, add, tail, del, in: inner, set } = patch as Json;
  if (Array.isArray(before)) {
    const kept = typeof keep === "number" ? before.slice(0, keep) : before;
    const last = typeof tail === "number" && tail ? before.slice(-tail) : [];
    return [...kept, ...(Array.isArray(add) ? (add as unknown[]) : []), ...last];
  }
  if (!isObject(before)) return undefined;
  const after = { ...before };
  for (const name of Array.isArray(del) ? (del as string[]) : []) delete after[name];
  for (const [name, change] of Object.entries(isObject(inner) ? inner : {})) after[name] = patched(after[name], change);
  return { ...after, ...(isObject(set) ? set : {}) };
}

// The names of members that are not the same in both.
export function changes(before: unknown, after: unknown): string[] {
  if (!isObject(before) || !isObject(after)) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
