/** The way to the server. Every failure becomes one of three errors that the pages can say in words. */
import type { Answer, Choice, Command, Matter, Rings, Today } from "./types";

const PATIENCE = 20_000;
const BASE = "/field/api";

/** Nothing came back: no signal, or the server did not answer in time. The command may have arrived. */
export class NoAnswer extends Error {}

/** The sign-in has ended. */
export class SignedOut extends Error {}

/** The server answered, but not with what was asked; `message` is its own words, where it had some. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message = "",
  ) {
    super(message);
  }
}

function csrf(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(BASE + path, {
      credentials: "same-origin",
      cache: "no-store",
      ...options,
      headers: { Accept: "application/json", "X-CSRFToken": csrf(), ...options.headers },
      signal: stop.signal,
    });
    return await read<T>(response);
  } catch (error) {
    if (error instanceof SignedOut || error instanceof Refused) throw error;
    throw new NoAnswer();
  } finally {
    clearTimeout(timer);
  }
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 401 || response.redirected) throw new SignedOut();
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  const body: unknown = json ? await response.json() : null;
  if (!response.ok || !json) throw new Refused(response.status, wordsOf(body));
  return body as T;
}

function wordsOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { message, detail } = body as { message?: unknown; detail?: unknown };
  return typeof message === "string" ? message : typeof detail === "string" ? detail : "";
}

/** The tasks of the posts that one holds. */
export const today = (): Promise<Today> => ask("/today");

/** One matter with what may be done about it. */
export const matter = (id: string): Promise<Matter> => ask(`/matters/${encodeURIComponent(id)}`);

/** The posts that a matter may be passed on to. */
export const holders = async (id: string): Promise<Choice[]> =>
  (await ask<{ holders: Choice[] }>(`/matters/${encodeURIComponent(id)}/holders`)).holders;

/** What rings for the posts that one holds. */
export const rings = (): Promise<Rings> => ask("/rings");

/** Accept an order that rings; twice is once. */
export const acceptRing = (id: string): Promise<unknown> => ask(`/rings/${encodeURIComponent(id)}`, { method: "POST" });

/** Answer a drill. */
export const answerDrill = (id: string): Promise<{ seconds: number }> =>
  ask(`/drills/${encodeURIComponent(id)}`, { method: "POST" });

/** Give one command. The same `client_id` may be sent again: the server does it once. */
export async function send(command: Command): Promise<Answer> {
  const { answers } = await ask<{ answers: Answer[] }>("/commands", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ commands: [command], sent_at: new Date().toISOString() }),
  });
  const answer = answers.find((each) => each.client_id === command.client_id);
  if (!answer) throw new Refused(502);
  return answer;
}

/** Send one photo ahead of the command that names it. */
export async function photo(clientId: string, matterId: string, file: File): Promise<string> {
  const body = new FormData();
  body.set("client_id", clientId);
  body.set("matter", matterId);
  body.set("file", file);
  const { id } = await ask<{ id: string }>("/photos", { method: "POST", body });
  return id;
}
