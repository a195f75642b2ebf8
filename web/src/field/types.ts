/** What the server says and hears: /field/api/. */

export interface TaskMatter {
  id: string;
  number: string;
  version: number;
  kind_name: string;
  state: string;
  state_name: string;
  village: string;
  title_words: string;
  urgent: boolean;
}

/** What time and people said of a task: an oversight order, a call on the level above, a resident's urging, a reminder. */
export type Mark = "overseen" | "raised" | "urged" | "reminded";

export interface Task {
  id: string;
  what: string;
  what_name: string;
  due_at: string | null;
  overdue: boolean;
  marks?: Mark[];
  matter: TaskMatter;
}

/** An order that helpers may take: kind and village, no more. */
export interface Offer {
  id: string;
  kind_name: string;
  village: string;
  recorded_at: string;
}

export interface Today {
  now: string;
  post: { id: string; title: string }[];
  tasks: Task[];
  offers?: Offer[];
}

/** An urgent order that rings; `mine`: one of one's own posts was rung, so that one may accept it. */
export interface Ring {
  id: string;
  number: string;
  kind_name: string;
  place: string;
  since: string;
  mine: boolean;
  nobody: boolean;
}

export interface Rings {
  rings: Ring[];
  drills: { id: string; place: string; since: string }[];
  taken: { number: string; holder: string }[];
  outside: boolean;
}

export type Need = "words" | "reason" | "outcome" | "days" | "holder" | "helper";

export interface Choice {
  key: string;
  name: string;
}

export interface Action {
  key: string;
  name: string;
  told?: boolean; // whether the resident reads the words
  needs: Need[];
  optional?: Need[];
  outcomes?: Choice[];
  reasons?: Choice[];
  /** What is often said with it: the words are the key. */
  replies?: Choice[];
  /** The posts that help out, where one of them is to be chosen. */
  helpers?: Choice[];
  /** The rule that the step rests on. */
  rule?: string;
}

export interface Matter {
  id: string;
  number: string;
  version: number;
  kind_name: string;
  category_name: string;
  state: string;
  state_name: string;
  region_name: string;
  words: string;
  place_text: string;
  point: { lon: number; lat: number } | null;
  photos: { id: string; url: string }[];
  due_at: string | null;
  can_call: boolean;
  resident_wishes: string;
  timeline: { at: string; what: string; who: string; words: string }[];
  actions: Action[];
}

export interface Command {
  client_id: string;
  name: string;
  subject: string;
  seen: number | null;
  occurred_at: string;
  data: Record<string, unknown>;
}

export interface Answer {
  client_id: string;
  status: "done" | "refused" | "conflict";
  message?: string;
  answer?: Record<string, unknown>;
}
