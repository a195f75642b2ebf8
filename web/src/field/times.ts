/** Times and deadlines in plain words. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Words {
  key: string;
  values: Record<string, number | string>;
}

/** How far a deadline is, as the key of a sentence and its numbers. */
export function due(at: string | null, now: number): Words {
  if (!at) return { key: "due.none", values: {} };
  const left = Date.parse(at) - now;
  const side = left < 0 ? "late" : "left";
  const far = Math.abs(left);
  if (far >= 2 * DAY) return { key: `due.${side}.days`, values: { n: Math.floor(far / DAY) } };
  if (far >= HOUR) return { key: `due.${side}.hours`, values: { n: Math.floor(far / HOUR) } };
  return { key: `due.${side}.minutes`, values: { n: Math.max(1, Math.floor(far / MINUTE)) } };
}

/** `late` when past, `soon` within a day, else `plain`. */
export function tone(at: string | null, now: number): "late" | "soon" | "plain" {
  if (!at) return "plain";
  const left = Date.parse(at) - now;
  return left < 0 ? "late" : left < DAY ? "soon" : "plain";
}

const clock = (at: Date): string =>
  at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

const dayNumber = (at: Date): number => Math.floor((at.getTime() + 8 * HOUR) / DAY);

/** A time as one says it: today 16:10, yesterday 09:05, 11-20 16:10. */
export function when(text: string, now: number): Words {
  const at = new Date(text);
  const distance = dayNumber(new Date(now)) - dayNumber(at);
  const values = { time: clock(at) };
  if (distance === 0) return { key: "when.today", values };
  if (distance === 1) return { key: "when.yesterday", values };
  const local = new Date(at.getTime() + 8 * HOUR);
  return {
    key: "when.day",
    values: { ...values, month: local.getUTCMonth() + 1, day: local.getUTCDate() },
  };
}

/** The three groups of the list: overdue, due within a day, later or without a deadline. */
export function grouped<T extends { due_at: string | null; overdue?: boolean }>(tasks: T[], now: number): Record<string, T[]> {
  const groups: Record<string, T[]> = { late: [], soon: [], plain: [] };
  for (const task of tasks) groups[task.overdue ? "late" : tone(task.due_at, now)]?.push(task);
  return groups;
}

/** What the server tells in the order of its events, turned round. Several events may bear the same moment, so `at` orders nothing. */
export function newestFirst<Entry>(told: readonly Entry[]): Entry[] {
  return [...told].reverse();
}
