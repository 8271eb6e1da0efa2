// The dialog for branching: shows the plan first, then creates the branch.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ErrorBox } from "../load";
import type { PlayerState } from "../player/state";
import { toRecording } from "../route";
import { get, post } from "../server";
import type { Session } from "../server";
import { clockText } from "../format";

const POLL_MS = 300;
// How long the new recording may take to start.
const START_TIMEOUT_MS = 30_000;
// How long after the last key the plan is requested again.
const TYPING_PAUSE_MS = 400;

interface Plan {
  lines: string[];
  message: string;
}

interface CreatedBranch {
  id: string;
}

// Wait until the new recording is in the library: its program has to start first.
async function started(id: string): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end) {
    const { sessions } = await get<{ sessions: Session[] }>("/sessions", { limit: 20 });
    if (sessions.some((it) => it.id === id)) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

export function Branch({ player, id }: { player: PlayerState; id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const at = useRef(player.playback.clock.t / 1000);
  const message = useSignal("");
  const again = useSignal(false);
  const plan = useSignal<Plan | null>(null);
  const error = useSignal<unknown>(null);
  const busy = useSignal(false);
  const address = `/sessions/${encodeURIComponent(id)}/session-branch`;

  useEffect(() => {
    player.playback.pause();
    dialog.current?.showModal();
  }, []);
  // An agent needs a message, any other program is just run again. Which it is, the events say: until they are
  // loaded, only a plan with a message is requested.
  const isAgent = player.entries.value.some((it) => it.kind === "user" || it.kind === "assistant");
  const needsMessage = !again.value && (isAgent || player.loading.value);
  // The same command gets no message: what was typed is kept for the case that the user decides otherwise.
  const wish = again.value ? { again: true } : { injectedMessage: message.value };
  useEffect(() => {
    if (needsMessage && !message.value.trim()) {
      plan.value = null;
      return;
    }
    let outdated = false;
    const timer = setTimeout(
      () => {
        const { value } = message;
        post<Plan>(address, { fromTs: at.current, ...wish }).then(
          (result) => {
            if (outdated) return;
            plan.value = { ...result, message: value };
            error.value = null;
          },
          (problem: unknown) => {
            if (outdated) return;
            plan.value = null;
            error.value = problem;
          },
        );
      },
      plan.value ? TYPING_PAUSE_MS : 0,
    );
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [message.value, again.value, needsMessage]);

  const close = () => (player.prompt.value = "");
  const start = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      const body = { fromTs: at.current, ...wish, confirm: true };
      const created = await post<CreatedBranch>(address, body);
      await started(created.id);
      location.hash = toRecording(created.id);
    } catch (problem) {
      error.value = problem;
    }
    busy.value = false;
  };
  return (
    <dialog ref={dialog} class="branching" aria-label="Branch from here" onClose={close}>
      <form onSubmit={start}>
        <h2>Branch from {clockText(at.current * 1000)}</h2>
        <p class="dim">
          Continues from the files and the conversation at this point, in a directory of its own. This recording does
          not change.
        </p>
        <label>
          Message to the agent
          <textarea
            rows={4}
            maxLength={100_000}
            value={message.value}
            disabled={again.value}
            onInput={(event) => (message.value = event.currentTarget.value)}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={again.value}
            onChange={(event) => (again.value = event.currentTarget.checked)}
          />
          Run the same command again, without a message
        </label>
        {plan.value && <pre class="plan">{plan.value.lines.join("\n")}</pre>}
        {error.value !== null && <ErrorBox error={error.value} />}
        <div class="above">
          <button class="play" disabled={busy.value || plan.value?.message !== message.value}>
            {busy.value ? "Starting …" : "Branch and run"}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
