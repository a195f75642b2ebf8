/** The desk follows what changes, and leaves alone what somebody is working on: there it only says that there is news. */
import { Asking, listen } from "../shared/live";

const CHECK = "desk:check";
const RENEW = "order:renew";
const EVERY = { alone: 15_000, live: 60_000, rest: 4_000 };

interface Request {
  target: HTMLElement;
  path: string;
  parameters: Record<string, string>;
  requestConfig?: { triggeringEvent?: Event; path?: string };
}
const detailOf = (event: Event): Request => (event as CustomEvent<Request>).detail;
const queue = (): HTMLElement | null => document.querySelector("[data-queue]");
const matter = (): HTMLElement | null => document.getElementById("matter");

let live = false;
let touched = false;

/** Whether an answer came without anybody asking for it here. */
export const renewed = (event: Event): boolean => detailOf(event).requestConfig?.triggeringEvent?.type === RENEW;

/** Whether nobody would notice if the queue were put up anew. */
export function queueIsCalm(at: HTMLElement): boolean {
  const busy = ".gz-queue-list input:checked, input:focus, select:focus, button:focus, .gz-filter[open]";
  const search = at.querySelector<HTMLInputElement>("input[name=q]");
  if (search && search.value !== search.defaultValue) return false;
  return !at.querySelector(busy) && at.scrollTop === 0 && !at.matches(":hover");
}

/** The same of the open order: nothing typed, nothing opened, nothing in hand. */
export function matterIsCalm(at: HTMLElement): boolean {
  const hand = at.querySelector(":focus");
  const told = at.querySelector("[data-told], .gz-message[role]");
  return !touched && !told && at.scrollTop === 0 && (hand === null || hand.tagName === "H1");
}

function sign(): void {
  document.querySelectorAll<HTMLElement>("[data-live-sign] > [data-when]").forEach((each) => {
    each.hidden = (each.dataset.when === "live") !== live;
  });
}

/** What stands on the page goes along with the question whether it still holds. */
function ask(event: Event): void {
  const { path, parameters } = detailOf(event);
  const shown = document.getElementById("order-changes");
  if (!path.startsWith("/desk/changes/") || !shown) return;
  parameters.open = shown.dataset.order ?? "";
  parameters.seen = shown.dataset.seen ?? "";
}

function settle(event: Event): void {
  const target = event.target as HTMLElement;
  if (target.matches(".gz-changes")) renew(target);
  if (target.id === "matter") touched = false;
  sign();
}

function renew(news: HTMLElement): void {
  const [list, order] = [queue(), matter()];
  if (list && news.querySelector("a") && queueIsCalm(list)) document.body.dispatchEvent(new Event("desk:changed"));
  const link = document.querySelector("#order-changes a[data-renew]");
  if (link && order && matterIsCalm(order)) link.dispatchEvent(new Event(RENEW));
}

/** The line on which one stood is found again after the queue was put up anew. */
function keepFocus(event: Event): void {
  const target = detailOf(event).target;
  const held = document.activeElement?.closest<HTMLAnchorElement>("[data-open]");
  if (!target.matches("[data-queue]") || !held || !target.contains(held)) return;
  const { pathname } = held;
  document.addEventListener(
    "htmx:afterSettle",
    () => {
      const lines = Array.from(document.querySelectorAll<HTMLAnchorElement>("[data-queue] [data-open]"));
      lines.find((line) => line.pathname === pathname)?.focus({ preventScroll: true });
    },
    { once: true },
  );
}

/** Follow, where the page shows a queue, or what rings. */
export function follow(): void {
  if (!queue() && !document.getElementById("rings")) return;
  const asking = new Asking(() => document.body.dispatchEvent(new Event(CHECK)), EVERY);
  document.addEventListener("htmx:configRequest", ask);
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("htmx:beforeSwap", keepFocus);
  const touch = (event: Event): void => {
    if (event.isTrusted && matter()?.contains(event.target as Node)) touched = true;
  };
  document.addEventListener("input", touch);
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("summary")) touch(event);
  });
  listen(document.body.dataset.live ?? "", {
    changed: () => asking.soon(),
    state: (now) => {
      live = now;
      asking.state(now);
      sign();
    },
  });
}
