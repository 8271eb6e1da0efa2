// Going on from here with another message: first what would happen, then doing it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Trouble } from "../load";
import type { Room } from "../player/room";
import { toRecording } from "../route";
import { get, post } from "../server";
import type { Session } from "../server";
import { clockText } from "../words";

const POLL = 300; // ms between looks for the new recording
const PATIENCE = 30_000; // ms in which it should have begun
const PAUSE = 400; // ms without typing after which the plan is made anew

interface Plan {
  lines: string[];
}

interface Made {
  id: string;
}

// Wait until the library knows the new recording: its program has to be started first.
async function begun(id: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (performance.now() < end) {
    const { sessions } = await get<{ sessions: Session[] }>("/sessions", { limit: 20 });
    if (sessions.some((it) => it.id === id)) return;
    await new Promise((done) => setTimeout(done, POLL));
  }
}

export function Branch({ room, id }: { room: Room; id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const at = useRef(room.playback.clock.t / 1000);
  const message = useSignal("");
  const plan = useSignal<Plan | null>(null);
  const error = useSignal<unknown>(null);
  const busy = useSignal(false);
  const address = `/sessions/${encodeURIComponent(id)}/session-branch`;

  useEffect(() => {
    room.playback.pause();
    dialog.current?.showModal();
  }, []);
  // An agent has to be told something; any other program is just run again.
  const talks = room.entries.value.some((it) => it.kind === "user" || it.kind === "assistant");
  useEffect(() => {
    if (talks && !message.value.trim()) {
      plan.value = null;
      return;
    }
    let over = false;
    const timer = setTimeout(
      () => {
        post<Plan>(address, { fromTs: at.current, injectedMessage: message.value }).then(
          (found) => {
            if (over) return;
            plan.value = found;
            error.value = null;
          },
          (said: unknown) => {
            if (!over) error.value = said;
          },
        );
      },
      plan.value ? PAUSE : 0,
    );
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [message.value]);

  const close = () => (room.asking.value = "");
  const start = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      const body = { fromTs: at.current, injectedMessage: message.value, confirm: true };
      const made = await post<Made>(address, body);
      await begun(made.id);
      location.hash = toRecording(made.id);
    } catch (said) {
      error.value = said;
    }
    busy.value = false;
  };
  return (
    <dialog ref={dialog} class="branching" aria-label="Branch from here" onClose={close}>
      <form onSubmit={start}>
        <h2>Go on from {clockText(at.current * 1000)} in another way</h2>
        <p class="dim">
          Files and conversation as they were then, in a directory of their own. What was recorded stays as it is.
        </p>
        <label>
          Message to the agent
          <textarea
            rows={4}
            maxLength={100_000}
            value={message.value}
            onInput={(event) => (message.value = event.currentTarget.value)}
          />
        </label>
        {plan.value && <pre class="plan">{plan.value.lines.join("\n")}</pre>}
        {error.value !== null && <Trouble error={error.value} />}
        <div class="above">
          <button class="play" disabled={busy.value || !plan.value}>
            {busy.value ? "Starting …" : "Branch and run"}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
        </div>
      </form>
    </dialog>
  );
}
