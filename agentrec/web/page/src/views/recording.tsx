// One recording of the library.
import { useEffect, useMemo, useState } from "preact/hooks";
import { when } from "../format";
import { Loaded, useRequest } from "../load";
import type { Facts } from "../model";
import { Player } from "../player/player";
import type { Kin, PlayerOptions } from "../player/state";
import { link, toRecording } from "../route";
import { download, get, picture, post, ServerSource } from "../server";
import { Branch } from "./branch";
import type { Node, Tree } from "./lineage";
import { Files } from "./files";
import { takeNotes } from "./open_file";

interface Props {
  id: string;
  query: URLSearchParams;
}

export function RecordingPage({ id, query }: Props) {
  const stop = useMemo(() => new AbortController(), [id]);
  const source = useMemo(() => new ServerSource(id, stop.signal), [id]);
  useEffect(() => () => stop.abort(), [stop]);
  const answer = useRequest(() => source.facts(), [source]);
  const options = useMemo(() => ({ all: optionsOf(id, query), play: { ...playing(id, query), playOnly: true } }), [id]);
  return (
    <Loaded state={answer}>
      {(facts: Facts) => (
        <Player source={source} facts={facts} options={facts.access === "all" ? options.all : options.play} />
      )}
    </Loaded>
  );
}

// What the run of a program goes on from, and what goes on from it.
function kinOf({ self, nodes, edges }: Tree): Kin {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fork = (node: Node | undefined, step: number, how = "") => ({
    step,
    how,
    created: node?.created ?? "",
    title: node?.title || node?.id || "",
    address: node?.here ? toRecording(node.id) : "",
    failed: node?.failed ?? false,
  });
  const kin: Kin = { from: null, forks: [] };
  for (const { parent, child, step, method } of edges) {
    if (typeof step !== "number") continue;
    if (parent === self) kin.forks.push(fork(byId.get(child), step, method ?? ""));
    if (child === self) kin.from = fork(byId.get(parent), step);
  }
  return kin;
}

interface Cut {
  id: string;
  duration: number; // seconds
  notes: string[];
}

// Of a recording that can only be played.
function playing(id: string, query: URLSearchParams): PlayerOptions {
  const start = query.get("t");
  return {
    ...(start !== null && { start }),
    speed: Number(query.get("speed") ?? 1),
    address: (view) => toRecording(id, { ...view }),
    named: (name) => (document.title = `${name} – agentrec`),
    query: query.get("q") ?? "",
    notice: takeNotes(id),
    tab: query.get("tab") ?? "",
    about: ({ facts: { value: facts } }) => (facts.access === "link" ? null : <Share id={id} />),
  };
}

function optionsOf(id: string, query: URLSearchParams): PlayerOptions {
  const path = `/sessions/${encodeURIComponent(id)}`;
  return {
    ...playing(id, query),
    tabs: [{ id: "files", title: "Files", render: (player) => <Files player={player} id={id} /> }],
    kin: async () => kinOf(await get<Tree>(`${path}/branches`, {})),
    addMark: async (label, at) => {
      await post(`${path}/moments`, { label, ts: at / 1000 });
    },
    addNote: async (text, at, answers) => {
      await post(`${path}/notes`, { text, ts: at / 1000, ...(answers && { answers }) });
    },
    takeSnapshot: async (label) => {
      await post(`${path}/fs-snapshots`, { label });
    },
    cut: async (since, until) => {
      const made = await post<Cut>(`${path}/cuts`, { since: since / 1000, until: until / 1000 });
      return { address: toRecording(made.id), duration: made.duration * 1000, notes: made.notes };
    },
    picture: (at) => picture(id, at),
    branchDialog: (player) => <Branch player={player} id={id} />,
    about: ({ facts: { value: facts } }) => (
      <>
        <p>
          <a href={link("lineage", [id])}>Lineage: where it branched from, and its branches</a>
        </p>
        <h2>Download</h2>
        <ul class="downloads">
          {DOWNLOADS.map(([format, label]) => (
            <li key={format}>
              <a href={download(id, format)} download>
                {label}
              </a>{" "}
              <a class="dim" href={download(id, format, true)} download>
                redacted
              </a>
            </li>
          ))}
        </ul>
        <Share id={id} />
        {facts.embed && <Embed address={facts.embed} />}
      </>
    ),
  };
}

interface ShareLink {
  address: string;
  expires: string;
}

// A link to this recording alone, for whoever can reach this server.
function Share({ id }: { id: string }) {
  const [made, setMade] = useState<ShareLink | string>("");
  const make = () =>
    post<ShareLink>(`/sessions/${encodeURIComponent(id)}/share`, {}).then(setMade, (error: Error) => setMade(error.message));
  return (
    <>
      <button onClick={make}>Make a link for others</button>
      {typeof made === "string" ? (
        made && <p role="alert">{made}</p>
      ) : (
        <Code label={`Plays this recording, and nothing else, until ${when(made.expires)}`} code={new URL(made.address, location.href).href} />
      )}
    </>
  );
}

// Code for other pages: a frame, or a script that makes one.
function Embed({ address }: { address: string }) {
  const frame = new URL(`${address}#embed&poster=0:01`, location.href).href;
  const script = new URL(address.replace("?", "/tag.js?"), location.href).href;
  return (
    <>
      <Code label="Embed in a frame" code={`<iframe src="${frame}" width="800" height="600" allowfullscreen></iframe>`} />
      <Code label="Embed with a script" code={`<script src="${script}" data-poster="0:01"></script>`} />
    </>
  );
}

function Code({ label, code }: { label: string; code: string }) {
  return (
    <label class="embed">
      {label} <textarea readOnly rows={4} value={code} onFocus={(event) => event.currentTarget.select()} />
    </label>
  );
}

const DOWNLOADS: [string, string][] = [
  ["html", "HTML file that plays in any browser"],
  ["js", "script that plays it in a page (.js)"],
  ["ahr", "the recording (.ahr)"],
  ["cast", "asciicast"],
  ["jsonl", "text twin (.jsonl)"],
  ["txt", "plain text"],
  ["md", "the conversation as Markdown (.md)"],
];
