// The Marks panel: marks, snapshots and branches, as a list that follows the position.
import { useCallback } from "preact/hooks";
import type { Point } from "../model";
import { toRecording } from "../route";
import { clockText } from "../format";
import { FollowingList } from "./list";
import type { PlayerState } from "./state";

const SIGNS = { moment: "◆", snapshot: "●", branch: "▲" };

export function MarkList({ player }: { player: PlayerState }) {
  const line = useCallback((point: Point) => <Line point={point} player={player} />, [player]);
  if (!player.points.value.length) return <p class="empty">No marks.</p>;
  return (
    <FollowingList
      class="points"
      label="Marks and snapshots"
      items={player.points.value}
      playback={player.playback}
      id={(point) => point.kind + point.id}
      name={(point) => (point.status === "failed" ? `${point.kind} bad` : point.kind)}
      render={line}
    />
  );
}

function Line({ point, player }: { point: Point; player: PlayerState }) {
  return (
    <>
      {point.kind === "branch" && (
        <a class="to" href={toRecording(point.id)}>
          open
        </a>
      )}
      <button onClick={() => player.playback.seek(point.t)}>
        <span class="at">{clockText(point.t)}</span>
        <span class="sign" aria-hidden="true">
          {SIGNS[point.kind]}
        </span>
        <span class="label">{point.label || point.id}</span>
        {point.changed !== undefined && point.changed > 0 && (
          <span class="dim">{point.changed} changed</span>
        )}
      </button>
    </>
  );
}
