// Requests to the server, with loading and error states.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "./server";

interface RequestState<T> {
  value?: T;
  error?: unknown;
  depends?: unknown[]; // what the value belongs to
}

// The result of `request`, which is repeated when one of `depends` changes; until then the old one stays (`stale`).
export function useRequest<T>(
  request: (signal: AbortSignal) => Promise<T>,
  depends: unknown[],
): RequestState<T> & { stale: boolean; repeat: () => void } {
  const state = useSignal<RequestState<T>>({});
  const round = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    request(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) state.value = { value, depends };
      },
      (error: unknown) => {
        if (!stop.signal.aborted) state.value = { ...state.peek(), error };
      },
    );
    return () => stop.abort();
  }, [...depends, round.value]);
  const loaded = state.value.depends;
  const stale = !loaded || depends.some((it, n) => it !== loaded[n]);
  return { ...state.value, stale, repeat: () => (round.value += 1) };
}

export function ErrorBox({ error }: { error: unknown }) {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Problem ? error.hint : "";
  const token = error instanceof Problem && error.status === 401;
  return (
    <div class="trouble" role="alert">
      <b>{text}</b>
      {hint && <p>{hint}</p>}
      {token && <p>Open the URL that `agentrec serve` printed: it contains the token.</p>}
    </div>
  );
}

interface LoadedProps<T> {
  state: RequestState<T>;
  children: (value: T) => ComponentChildren;
}

export function Loaded<T>({ state, children }: LoadedProps<T>) {
  if (state.value !== undefined) return <>{children(state.value)}</>;
  if (state.error !== undefined) return <ErrorBox error={state.error} />;
  return <p class="empty">Loading …</p>;
}
