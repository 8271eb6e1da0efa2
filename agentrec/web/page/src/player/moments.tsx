// Moments, snapshots and branches as a list that follows the position.
import { useCallback } from "preact/hooks";
import type { Point } from "../model";
import { toRecording } from "../route";
import { clockText } from "../words";
import { Long } from "./long";
import type { Room } from "./room";

const SIGNS = { moment: "◆", snapshot: "●", branch: "▲" };

export function Moments({ room }: { room: Room }) {
  const line = useCallback((point: Point) => <Line point={point} room={room} />, [room]);
  if (!room.points.value.length) return <p class="empty">No moments.</p>;
  return (
    <Long
      class="points"
      label="Moments and snapshots"
      items={room.points.value}
      playback={room.playback}
      id={(point) => point.kind + point.id}
      name={(point) => (point.status === "failed" ? `${point.kind} bad` : point.kind)}
      render={line}
    />
  );
}

function Line({ point, room }: { point: Point; room: Room }) {
  return (
    <>
      {point.kind === "branch" && (
        <a class="to" href={toRecording(point.id)}>
          open
        </a>
      )}
      <button onClick={() => room.playback.seek(point.t)}>
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
