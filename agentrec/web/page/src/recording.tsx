// The player inside an exported file.
import { render } from "preact";
import { EmbeddedSource } from "./embedded";
import { Player } from "./player/player";
import type { PlayerOptions, View } from "./player/state";
import { readable } from "./route";
import "./style/page.css";
import { applyTheme } from "./theme";
import { nameOf, when } from "./format";

// `#t=1:30` at the end of the URL: start there.
function optionsOf(hash: string): PlayerOptions {
  const query = new URLSearchParams(hash.slice(1));
  const start = query.get("t");
  return {
    ...(start !== null && { start }),
    ...(query.has("poster") && { poster: query.get("poster")! }),
    speed: Number(query.get("speed") ?? 1),
    loop: query.has("loop"),
    autoplay: query.has("autoplay"),
    tab: query.get("tab") ?? "",
    query: query.get("q") ?? "",
    ...(!query.has("embed") && { address: addressOf }),
  };
}

function addressOf(view: View): string {
  return `#${readable(new URLSearchParams(Object.entries(view).filter(([, value]) => value)))}`;
}

async function start(): Promise<void> {
  applyTheme();
  const page = document.getElementById("page")!;
  const source = new EmbeddedSource();
  const facts = await source.facts();
  render(
    <div class={new URLSearchParams(location.hash.slice(1)).has("embed") ? "alone embedded" : "alone"}>
      <header class="top">
        <h1>{nameOf(facts)}</h1>
        <span class="dim">{[facts.agent, when(facts.created)].filter(Boolean).join(" · ")}</span>
      </header>
      <main>
        <Player source={source} facts={facts} options={optionsOf(location.hash)} />
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
