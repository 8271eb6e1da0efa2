// Waiting for an answer, and saying so.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "./server";

interface State<T> {
  value?: T;
  error?: unknown;
  of?: unknown[]; // what it depended on
}

// What `ask` answers, asked anew when one of `depends` changes; the old answer stays until then (`stale`).
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  depends: unknown[],
): State<T> & { stale: boolean; again: () => void } {
  const state = useSignal<State<T>>({});
  const round = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    ask(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) state.value = { value, of: depends };
      },
      (error: unknown) => {
        if (!stop.signal.aborted) state.value = { ...state.peek(), error };
      },
    );
    return () => stop.abort();
  }, [...depends, round.value]);
  const { of } = state.value;
  const stale = !of || depends.some((it, n) => it !== of[n]);
  return { ...state.value, stale, again: () => (round.value += 1) };
}

export function Trouble({ error }: { error: unknown }) {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Problem ? error.hint : "";
  const token = error instanceof Problem && error.status === 401;
  return (
    <div class="trouble" role="alert">
      <b>{text}</b>
      {hint && <p>{hint}</p>}
      {token && <p>Open the address that `agentrec serve` printed: it holds the token.</p>}
    </div>
  );
}

interface AnsweredProps<T> {
  state: State<T>;
  children: (value: T) => ComponentChildren;
}

export function Answered<T>({ state, children }: AnsweredProps<T>) {
  if (state.value !== undefined) return <>{children(state.value)}</>;
  if (state.error !== undefined) return <Trouble error={state.error} />;
  return <p class="empty">Reading …</p>;
}
