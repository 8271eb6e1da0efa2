// The player inside an exported file.
import { render } from "preact";
import { EmbeddedSource } from "./embedded";
import { Player } from "./player/player";
import type { PlayerOptions } from "./player/state";
import "./style/page.css";
import { applyTheme } from "./theme";
import { nameOf, when } from "./format";

// `#t=90` at the end of the URL: start there.
function startOf(hash: string): PlayerOptions {
  const found = /^#t=(\d+(?:\.\d+)?)$/.exec(hash);
  return found ? { start: Number(found[1]) * 1000 } : {};
}

async function start(): Promise<void> {
  applyTheme();
  const page = document.getElementById("page")!;
  const source = new EmbeddedSource();
  const facts = await source.facts();
  render(
    <div class="alone">
      <header class="top">
        <h1>{nameOf(facts)}</h1>
        <span class="dim">{[facts.agent, when(facts.created)].filter(Boolean).join(" · ")}</span>
      </header>
      <main>
        <Player source={source} facts={facts} options={startOf(location.hash)} />
      </main>
    </div>,
    page,
  );
}

start().catch((error: unknown) => {
  const message = document.createElement("p");
  message.textContent = `This file cannot be played: ${error instanceof Error ? error.message : String(error)}`;
  document.body.append(message);
});
