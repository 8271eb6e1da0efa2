// Requests to the server, with loading and error states.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "./server";

export interface RequestState<T> {
  value?: T;
  error?: unknown;
  stale: boolean; // `value` answers an earlier question
}

interface Answer<T> {
  value?: T;
  answers?: unknown[]; // the question it answers
  error?: unknown;
  failed?: unknown[];
}

// The result of `request`, which is repeated when one of `depends` changes; until then the old one stays (`stale`).
export function useRequest<T>(
  request: (signal: AbortSignal) => Promise<T>,
  depends: unknown[],
): RequestState<T> & { repeat: () => void } {
  const state = useSignal<Answer<T>>({});
  const round = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    request(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) state.value = { value, answers: depends };
      },
      (error: unknown) => {
        if (!stop.signal.aborted) state.value = { ...state.peek(), error, failed: depends };
      },
    );
    return () => stop.abort();
  }, [...depends, round.value]);
  const { value, answers, error, failed } = state.value;
  return {
    ...(answers && { value: value as T }),
    ...(same(failed, depends) && { error }),
    stale: !same(answers, depends),
    repeat: () => (round.value += 1),
  };
}

function same(a: unknown[] | undefined, b: unknown[]): boolean {
  return !!a && b.every((it, n) => it === a[n]);
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

// What was asked for; what was there before is marked as such while a new answer is coming, and gone if none comes.
export function Loaded<T>({ state, children }: LoadedProps<T>) {
  const { value, error, stale } = state;
  if (error !== undefined && (stale || value === undefined)) return <ErrorBox error={error} />;
  if (value === undefined) return <p class="empty">Loading …</p>;
  return (
    <div class="loaded" aria-busy={stale}>
      {error !== undefined && <ErrorBox error={error} />}
      {stale && (
        <p class="reloading" role="status">
          Loading …
        </p>
      )}
      {children(value)}
    </div>
  );
}
