import { basename } from "node:path";
import { sha256Text } from "../core/index.ts";
import type { Tmux } from "./tmux.ts";

/** The tmux option by which our sessions carry their project's folder. */
export const ownerOption = "@nexa_project";

/** The sessions of a server with whose they are; empty when no server runs. */
export async function listSessions(tmux: Tmux): Promise<Map<string, string>> {
  // A session's name holds no colon: tmux replaces it.
  const text = (await tmux.ask("list-sessions", "-F", `#{session_name}:#{${ownerOption}}`)) ?? "";
  const lines = text.split("\n").filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/** Closes an owner's sessions whose programs have ended, and whose panes were kept to be read. @returns their names. */
export async function closeEndedSessions(tmux: Tmux, owner: string): Promise<string[]> {
  const text = (await tmux.ask("list-panes", "-a", "-F", `#{pane_dead}:#{session_name}:#{${ownerOption}}`)) ?? "";
  const panes = text.split("\n").map((line) => /^(\d):([^:]+):(.*)$/.exec(line));
  const names = panes.flatMap((pane) => (pane?.[1] === "1" && pane[3] === owner ? [pane[2] ?? ""] : []));
  for (const name of names) await tmux.ask("kill-session", "-t", `=${name}`);
  return names;
}

export interface SessionWish {
  /** The plain name. */
  readonly name: string;
  /** The project's folder. */
  readonly owner: string;
}

/** The first name that is free or ours already: the plain one, with the folder's name, with a piece of its path's hash. */
export function chooseSessionName({ name, owner }: SessionWish, sessions: ReadonlyMap<string, string>): string {
  const folder = basename(owner).replace(/[^A-Za-z0-9_-]+/g, "-");
  const candidates = [name, `${name}-${folder}`, `${name}-${folder}-${sha256Text(owner).slice(0, 6)}`];
  const isUsable = (candidate: string): boolean => !sessions.has(candidate) || sessions.get(candidate) === owner;
  return candidates.find(isUsable) ?? `${name}-${folder}-${sha256Text(owner).slice(0, 16)}`;
}
