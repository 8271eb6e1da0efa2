// One recording of the library.
import { useEffect, useMemo } from "preact/hooks";
import { Answered, useAnswer } from "../load";
import type { Facts } from "../model";
import { Player } from "../player/player";
import type { Hooks } from "../player/room";
import { link } from "../route";
import { download, post, ServerSource } from "../server";
import { nameOf } from "../words";
import { Branch } from "./branch";
import { Files } from "./files";

interface Props {
  id: string;
  query: URLSearchParams;
}

export function RecordingPage({ id, query }: Props) {
  const stop = useMemo(() => new AbortController(), [id]);
  const source = useMemo(() => new ServerSource(id, stop.signal), [id]);
  useEffect(() => () => stop.abort(), [stop]);
  const answer = useAnswer(() => source.facts(), [source]);
  const hooks = useMemo(() => hooksOf(id, query), [id]);
  return (
    <Answered state={answer}>
      {(facts: Facts) => {
        document.title = `${nameOf(facts)} – agentrec`;
        return <Player source={source} facts={facts} hooks={hooks} />;
      }}
    </Answered>
  );
}

function hooksOf(id: string, query: URLSearchParams): Hooks {
  const t = Number(query.get("t"));
  const start = query.has("t") && Number.isFinite(t) ? { start: t * 1000 } : {};
  return {
    ...start,
    query: query.get("q") ?? "",
    tab: query.get("tab") ?? "",
    tabs: [{ id: "files", title: "Files", render: (room) => <Files room={room} id={id} /> }],
    addMoment: async (label, at) => {
      await post(`/sessions/${encodeURIComponent(id)}/moments`, { label, ts: at / 1000 });
    },
    intervene: (room) => <Branch room={room} id={id} />,
    about: (
      <>
        <p>
          <a href={link("lineage", [id])}>Lineage: what it branched from, and what from it</a>
        </p>
        <h3>Take it with you</h3>
        <ul class="downloads">
          {DOWNLOADS.map(([format, words]) => (
            <li key={format}>
              <a href={download(id, format)} download>
                {words}
              </a>{" "}
              <a class="dim" href={download(id, format, true)} download>
                redacted
              </a>
            </li>
          ))}
        </ul>
      </>
    ),
  };
}

const DOWNLOADS: [string, string][] = [
  ["html", "one HTML file that plays anywhere"],
  ["ahr", "the recording (.ahr)"],
  ["cast", "asciicast"],
  ["jsonl", "text twin (.jsonl)"],
  ["txt", "plain text"],
];
