// The buttons below the timeline: a phone has no keys.
import { Icon } from "../icons";
import type { IconName } from "../icons";
import { clockText } from "../format";
import { keyOf } from "./keys";
import type { PlayerState } from "./state";

const TOOLS: [string, IconName, string][] = [
  ["search", "search", "Search"],
  ["addMark", "mark", "Add a mark"],
  ["addNote", "note", "Add a note"],
  ["branch", "branch", "Branch from here"],
  ["cut", "cut", "Cut out a stretch"],
  ["savePicture", "picture", "Save a picture of the screen"],
  ["copyLink", "link", "Copy a link"],
  ["view", "view", "View"],
  ["fullScreen", "full", "Full screen"],
  ["help", "help", "Help"],
];

// In a frame of another page, and where it can only be played, only those that do something there.
function toolsOf({ options }: PlayerState): typeof TOOLS {
  const { address, addMark, addNote, branchDialog, cut, picture, playOnly } = options;
  if (address && !playOnly) return TOOLS;
  const needed: Record<string, unknown> = { addMark, addNote, branch: branchDialog, cut, savePicture: picture, copyLink: address };
  return TOOLS.filter(([action]) => !(action in needed) || needed[action]);
}

export function Controls({ player }: { player: PlayerState }) {
  const { playing, t, duration, live, growing } = player.playback;
  const act = (action: string) => player.act(action);
  return (
    <div class="controls">
      <button class="play" onClick={() => act("toggle")} title="Play or pause (space)">
        <Icon name={playing.value ? "pause" : "play"} />
        <span class="hidden">{playing.value ? "Pause" : "Play"}</span>
      </button>
      <Tool action="previousMark" icon="before" name="Previous mark" act={act} />
      <Tool action="nextMark" icon="after" name="Next mark" act={act} />
      <button class="time" data-testid="time" onClick={() => act("goToTime")} title="Go to a time (t)">
        <b>{clockText(t.value)}</b>
        <span class="of"> / {clockText(duration.value)}</span>
      </button>
      {growing.value && (
        <button class={live.value ? "live on" : "live"} onClick={() => act("end")} title="Go to the live edge (G)">
          ● live
        </button>
      )}
      <span class="place">{player.place.value}</span>
      <Pace player={player} />
      <span class="tools">
        {toolsOf(player).map(([action, icon, name]) => (
          <Tool key={action} action={action} icon={icon} name={name} act={act} />
        ))}
      </span>
    </div>
  );
}

// Speed, pauses and size.
function Pace({ player }: { player: PlayerState }) {
  const { speed, idleLimit } = player.playback;
  const { zoom } = player;
  const limit = idleLimit.value;
  const act = (action: string) => player.act(action);
  return (
    <>
      <span class="group">
        <button onClick={() => act("slower")} title="Slower (-)" aria-label="Slower">
          −
        </button>
        <span class="speed">
          <span class="hidden">Speed </span>
          {speed.value}×
        </span>
        <button onClick={() => act("faster")} title="Faster (+)" aria-label="Faster">
          +
        </button>
      </span>
      <button
        class="idle"
        onClick={() => act(limit !== null && limit <= 500 ? "fullPauses" : "shortenPauses")}
        title="Limit pauses (< and >)"
      >
        {limit === null ? "full pauses" : `pauses ≤ ${limit / 1000} s`}
      </button>
      <button onClick={() => act("zoom")} aria-pressed={zoom.value} title="Readable size or whole screen (z)">
        {zoom.value ? "fit" : "zoom"}
      </button>
    </>
  );
}

interface ToolProps {
  action: string;
  icon: IconName;
  name: string;
  act: (action: string) => void;
}

function Tool({ action, icon, name, act }: ToolProps) {
  return (
    <button class="tool" onClick={() => act(action)} title={`${name} (${keyOf(action)})`} aria-label={name}>
      <Icon name={icon} />
    </button>
  );
}
