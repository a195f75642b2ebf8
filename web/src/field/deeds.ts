/** Giving a command: what is sent, and what each answer means for the draft. */
import * as api from "./api";
import { exchange } from "./connection";
import { drop, save, type Draft } from "./drafts";
import { uuid7 } from "./ids";
import type { Action, Command, Matter, Need } from "./types";

export type Outcome =
  | { kind: "done"; answer: Record<string, unknown> }
  | { kind: "refused"; message: string }
  | { kind: "conflict"; message: string; mine: Command }
  | { kind: "no_answer" }
  | { kind: "signed_out" };

const ORDER: Need[] = ["holder", "helper", "outcome", "reason", "days", "words"];

/** What an action asks for, in the order of the form: what it needs, and what may be added. */
export function asked(action: Action): Need[] {
  return ORDER.filter((need) => action.needs.includes(need) || action.optional?.includes(need));
}

/** What an action still needs before it can be sent. */
export function missing(action: Action, draft: Draft): Need[] {
  return action.needs.filter((need) => !draft[need].trim());
}

/** The command of a draft: only what the action asks for, and what the worker added. */
export function commandOf(matter: Matter, action: Action, draft: Draft): Command {
  const data: Record<string, unknown> = {};
  for (const need of asked(action)) {
    const given = draft[need].trim();
    if (given) data[need] = need === "days" ? Number(given) : given;
  }
  return {
    client_id: draft.client_id,
    name: action.key,
    subject: matter.id,
    seen: draft.seen ?? matter.version,
    occurred_at: draft.sent_at ?? new Date().toISOString(),
    data,
  };
}

/** Take an order that is open to helpers. Taking it twice with one id takes it once. */
export async function take(orderId: string, clientId: string): Promise<Outcome> {
  const occurred = new Date().toISOString();
  return sent({ client_id: clientId, name: "take", subject: orderId, seen: null, occurred_at: occurred, data: {} });
}

/** Send a draft. It stays on the phone until the server did it or the worker drops it.
 *
 * Without an answer the draft keeps its client id, version and time: sent again it is the same command.
 * After a refusal or a conflict the next attempt is another command, so it gets another id.
 */
export async function give(matter: Matter, action: Action, draft: Draft): Promise<Outcome> {
  const command = commandOf(matter, action, draft);
  draft.sent_at = command.occurred_at;
  draft.seen = command.seen;
  save(matter.id, action.key, draft);
  const outcome = await sent(command);
  if (outcome.kind === "done") drop(matter.id, action.key);
  if (outcome.kind === "refused" || outcome.kind === "conflict") renew(matter.id, action.key, draft);
  return outcome;
}

async function sent(command: Command): Promise<Outcome> {
  try {
    const { status, message = "", answer = {} } = await exchange(() => api.send(command));
    if (status === "done") return { kind: "done", answer };
    return status === "conflict" ? { kind: "conflict", message, mine: command } : { kind: "refused", message };
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): Outcome {
  if (error instanceof api.SignedOut) return { kind: "signed_out" };
  const answered = error instanceof api.Refused && error.status < 500;
  return answered ? { kind: "refused", message: error.message } : { kind: "no_answer" };
}

function renew(matterId: string, key: string, draft: Draft): void {
  draft.client_id = uuid7();
  draft.sent_at = null;
  draft.seen = null;
  save(matterId, key, draft);
}

/** The worker changed what had been sent without an answer: that is another command about the same version. */
export function changed(draft: Draft): void {
  if (!draft.sent_at) return;
  draft.client_id = uuid7();
  draft.sent_at = null;
}
