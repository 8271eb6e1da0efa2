// Start and end of the stretch to cut out, in ms; the rules of tui/playback/cut_points.py.

export interface CutPoints {
  start: number | null; // null: where the recording begins
  end: number | null; // null: where it ends
}

export const NO_CUT: CutPoints = { start: null, end: null };

export const isSet = ({ start, end }: CutPoints) => start !== null || end !== null;

// An end that is not later is dropped.
export function startingAt(t: number, { end }: CutPoints): CutPoints {
  return { start: t, end: end !== null && end > t ? end : null };
}

// A start that is not earlier is dropped.
export function endingAt(t: number, { start }: CutPoints): CutPoints {
  return { start: start !== null && start < t ? start : null, end: t };
}

// Start and end in a recording that lasts `duration`.
export function stretchOf({ start, end }: CutPoints, duration: number): [number, number] {
  return [start ?? 0, end === null ? duration : Math.min(end, duration)];
}
