// The steps of a program as a graph: what follows what, parallel paths side by side. As in agentrec/sdk/read/graph.py.
import type { Entry } from "./entries";

// Times of events are rounded to this.
const ROUNDED_MS = 1;

export interface GraphNode {
  entry: Entry;
  after: Entry[]; // the nearest ones that had ended before it began
  lane: number; // its column: steps that overlap are in different ones
}

// Steps in order of their numbers. Those inside the same step follow each other, or are parallel if they overlap.
export function graphOf(steps: Entry[]): GraphNode[] {
  const levels = new Map<Entry | null, Level>();
  return steps.map((entry) => {
    const above = entry.step!.parent;
    if (!levels.has(above)) levels.set(above, new Level());
    return levels.get(above)!.add(entry);
  });
}

class Level {
  private open: Entry[] = [];
  private ended: Entry[] = []; // that no other one has followed
  private last: Entry | null = null; // that began last, of those that have ended
  private readonly lanes: Entry[] = [];

  add(entry: Entry): GraphNode {
    const ended = this.open.filter((one) => isBefore(one, entry));
    this.open = [...this.open.filter((one) => !isBefore(one, entry)), entry];
    for (const one of ended) if (!this.last || isLater(one, this.last)) this.last = one;
    const last = this.last;
    this.ended = [...this.ended, ...ended].filter((one) => !last || !isBefore(one, last));
    return { entry, after: [...this.ended], lane: this.laneOf(entry) };
  }

  private laneOf(entry: Entry): number {
    const free = this.lanes.findIndex((last) => isBefore(last, entry));
    const lane = free < 0 ? this.lanes.length : free;
    this.lanes[lane] = entry;
    return lane;
  }
}

// Whether a step had ended when another began. Their order in the file says it, except of those that were recorded
// afterwards with their duration.
function isBefore(one: Entry, other: Entry): boolean {
  if (one.step!.running || one.seq >= other.seq) return false;
  if (isLate(one) || isLate(other)) return one.t + (one.ms ?? 0) <= other.t + ROUNDED_MS;
  return one.step!.endSeq < other.seq;
}

function isLate(entry: Entry): boolean {
  return entry.step!.endSeq === entry.seq && !!entry.ms;
}

function isLater(one: Entry, other: Entry): boolean {
  return one.t > other.t || (one.t === other.t && one.seq > other.seq);
}
