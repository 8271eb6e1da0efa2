// The dialog with all keys.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons";
import { GROUPS } from "./keys";
import type { PlayerState } from "./state";

export function Help({ player }: { player: PlayerState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = player.prompt.value === "help";
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = () => {
    if (player.prompt.value === "help") player.prompt.value = "";
  };
  return (
    <dialog ref={dialog} class="help" aria-label="Keys" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <button class="close" aria-label="Close" onClick={close}>
        <Icon name="close" />
      </button>
      <div class="groups">
        {Object.entries(GROUPS).map(([name, keys]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {keys.map((key) => (
                <div key={key.action + key.shown}>
                  <dt>
                    <kbd>{key.shown}</kbd>
                  </dt>
                  <dd>{key.text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
