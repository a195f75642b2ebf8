/** The keyboard through the queue: j, k, x, /, ?; Enter opens, as it does on every link. */

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

const links = (): HTMLElement[] => Array.from(document.querySelectorAll<HTMLElement>("[data-queue] [data-open]"));

function step(by: 1 | -1): void {
  const all = links();
  const at = all.findIndex((link) => link === document.activeElement);
  const opened = all.findIndex((link) => link.getAttribute("aria-current") === "true");
  const from = at >= 0 ? at : opened;
  const next = all[Math.min(all.length - 1, Math.max(0, from < 0 ? 0 : from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function tick(): void {
  const box = document.activeElement?.closest("[data-item]")?.querySelector<HTMLInputElement>("input[type=checkbox]");
  box?.click();
}

const help = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("dialog#keys");

const actions: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  x: tick,
  "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
  "?": () => help()?.showModal(),
};

const meantForOthers = (event: KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event.altKey || Boolean(help()?.open);

export function onKey(event: KeyboardEvent): void {
  if (typing(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  if (meantForOthers(event)) return;
  const act = actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** Listens, and shows the button that explains the keys. */
export function keys(): void {
  document.addEventListener("keydown", onKey);
  document.querySelectorAll<HTMLElement>("[data-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => help()?.showModal());
  });
}
