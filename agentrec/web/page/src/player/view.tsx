// The dialog for how things look: colors, font size, and printing.
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons";
import { FONT_SIZES, terminal, TERMINALS, fontSize } from "../terminals";
import { applyTheme, THEMES, themeName } from "../theme";
import { split } from "./diff";
import type { PlayerState } from "./state";

export function ViewDialog({ player }: { player: PlayerState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(applyTheme, [themeName.value]);
  return (
    <dialog ref={dialog} class="help" aria-label="View" onClose={() => (player.prompt.value = "")}>
      <button class="close" aria-label="Close" onClick={() => dialog.current?.close()}>
        <Icon name="close" />
      </button>
      <h2>View</h2>
      <div class="choices">
        <Choice label="Terminal colors" value={terminal} options={TERMINALS} />
        <Choice label="Font size" value={fontSize} options={FONT_SIZES} />
        <Choice label="Page colors" value={themeName} options={THEMES} />
        <Choice label="Diffs in columns" value={split} options={["one", "two"]} />
      </div>
      <p>
        <button
          onClick={() => {
            dialog.current?.close();
            player.act("print");
          }}
        >
          Print
        </button>
      </p>
    </dialog>
  );
}

interface Props<T extends string> {
  label: string;
  value: Signal<T>;
  options: readonly T[];
}

function Choice<T extends string>({ label, value, options }: Props<T>) {
  return (
    <label>
      {label}{" "}
      <select value={value.value} onChange={(event) => (value.value = event.currentTarget.value as T)}>
        {options.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
