// The line below the controls that cuts out a stretch.
import { clockText } from "../format";
import { isSet, stretchOf } from "./cut";
import type { PlayerState } from "./state";

export function Cutting({ player }: { player: PlayerState }) {
  const points = player.cut.value;
  const [since, until] = stretchOf(points, player.playback.duration.value);
  const made = player.madeCut.value;
  return (
    <div class="ask cutting" role="group" aria-label="Cut out a stretch">
      <button onClick={() => player.act("cutStart")} title="The stretch starts here: (">
        Start here
      </button>
      <button onClick={() => player.act("cutEnd")} title="The stretch ends here: )">
        End here
      </button>
      <span class="stretch-text">
        {isSet(points) ? `${clockText(since, true)} to ${clockText(until, true)}` : "set the start or the end"}
      </span>
      <button class="play" disabled={!isSet(points) || player.isCutting.value} onClick={() => player.act("cut")}>
        {player.isCutting.value ? "Cutting …" : "Cut out"}
      </button>
      <button onClick={() => player.clearCut()}>Close</button>
      {made && (
        <p role="status">
          Made <a href={made.address}>a new recording of {clockText(made.duration, true)}</a>; this one did not change.
          {made.notes.map((note) => ` ${note}.`)}
        </p>
      )}
    </div>
  );
}
