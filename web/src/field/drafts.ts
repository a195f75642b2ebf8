/** What was begun and not yet answered: kept on the phone, so that nothing is typed twice.
 *
 * A draft keeps its `client_id`. When no answer came, the same one is sent again and the server does it once.
 */
import { uuid7 } from "./ids";

export interface Draft {
  client_id: string;
  words: string;
  reason: string;
  outcome: string;
  days: string;
  holder: string;
  helper: string;
  sent_at: string | null;
  seen: number | null;
}

const PREFIX = "gongzhi.draft";
const KEPT_DAYS = 14;
let owner = "";

const keyOf = (matter: string, action: string): string => `${PREFIX}.${owner}.${matter}.${action}`;

export function fresh(): Draft {
  return { client_id: uuid7(), words: "", reason: "", outcome: "", days: "", holder: "", helper: "", sent_at: null, seen: null };
}

/** Whose drafts these are. Another person's, and those of weeks ago, are taken off the phone. */
export function begin(user: string, now = Date.now()): void {
  owner = user;
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(`${PREFIX}.`))) {
    const old = now - bornAt(key) > KEPT_DAYS * 86_400_000;
    if (old || !key.startsWith(`${PREFIX}.${user}.`)) localStorage.removeItem(key);
  }
}

function bornAt(key: string): number {
  try {
    const { client_id } = JSON.parse(localStorage.getItem(key) ?? "") as Draft;
    return parseInt(client_id.replace("-", "").slice(0, 12), 16);
  } catch {
    return 0;
  }
}

export function load(matter: string, action: string): Draft {
  try {
    const kept = localStorage.getItem(keyOf(matter, action));
    return kept ? { ...fresh(), ...(JSON.parse(kept) as Partial<Draft>) } : fresh();
  } catch {
    return fresh();
  }
}

/** Keep the draft; an empty one that was never sent is not worth keeping. Says whether it could. */
export function save(matter: string, action: string, draft: Draft): boolean {
  const empty = ![draft.words, draft.reason, draft.outcome, draft.days, draft.holder, draft.helper, draft.sent_at].some(Boolean);
  try {
    if (empty) localStorage.removeItem(keyOf(matter, action));
    else localStorage.setItem(keyOf(matter, action), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function drop(matter: string, action: string): void {
  localStorage.removeItem(keyOf(matter, action));
}

/** The actions of a matter for which something is begun. */
export function begun(matter: string): string[] {
  const start = `${PREFIX}.${owner}.${matter}.`;
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(start))
    .map((key) => key.slice(start.length));
}
