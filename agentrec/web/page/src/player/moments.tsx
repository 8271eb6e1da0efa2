// Moments and snapshots as a list that follows the position.
import { toRecording } from "../route";
import { clockText } from "../words";
import type { Room } from "./player";
import { lastAt } from "./story";

const SIGNS = { moment: "◆", snapshot: "●", branch: "▲" };

export function Moments({ room }: { room: Room }) {
  const points = room.points.value;
  const now = lastAt(points, room.playback.t.value + 0.5);
  if (!points.length) return <p class="empty">No moments.</p>;
  return (
    <ol class="points">
      {points.map((point, n) => (
        <li
          key={point.kind + point.id}
          class={`${point.kind}${point.status === "failed" ? " bad" : ""}${n > now ? " ahead" : ""}`}
          aria-current={n === now ? "step" : undefined}
        >
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
        </li>
      ))}
    </ol>
  );
}
