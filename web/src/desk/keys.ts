/**
 * The keyboard through the queue and the open order; Enter opens, as it does on every link.
 *
 * Single letters may clash with a screen reader or with speech: they can be switched off in the sheet of keys (WCAG
 * 2.1.4), for this browser, and no letter acts while one types, with a modifier, or while a dialog is open.
 */

const OFF = "gz-keys-off";

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

const links = (): HTMLElement[] => Array.from(document.querySelectorAll<HTMLElement>("[data-queue] [data-open]"));

/** Whether the letters act in this browser. */
export function keysAreOn(): boolean {
  try {
    return localStorage.getItem(OFF) !== "1";
  } catch {
    return true;
  }
}

export function switchKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // without storage they stay on until the page is left
  }
}

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

/** Open the form of a step of the open order, and stand in its first field. Nothing is sent. */
function unfold(...steps: string[]): void {
  const form = steps.map((each) => document.querySelector<HTMLDetailsElement>(`details[data-step="${each}"]`)).find(Boolean);
  if (!form) return;
  form.open = true;
  form.scrollIntoView({ block: "nearest" });
  form.querySelector<HTMLElement>("select, textarea, input:not([type=hidden]), button")?.focus();
}

const help = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("dialog#keys");

const actions: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  x: tick,
  d: () => unfold("dispatch", "transfer"),
  n: () => unfold("note"),
  m: () => unfold("message"),
  "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
  "?": () => help()?.showModal(),
};

const action = (key: string): (() => void) | undefined => {
  if (!/^[1-9]$/.test(key)) return actions[key];
  const view = document.querySelector<HTMLElement>(`[data-view="${key}"]`);
  return view ? () => view.click() : undefined;
};

const meantForOthers = (event: KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event.altKey || Boolean(help()?.open);

export function onKey(event: KeyboardEvent): void {
  if (typing(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  if (meantForOthers(event) || !keysAreOn()) return;
  const act = action(event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

/** Listens, shows the button that explains the keys, and the switch that stops them. */
export function keys(): void {
  document.addEventListener("keydown", onKey);
  document.querySelectorAll<HTMLElement>("[data-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => help()?.showModal());
  });
  const off = document.querySelector<HTMLInputElement>("[data-keys-switch]");
  if (!off) return;
  off.checked = keysAreOn();
  off.addEventListener("change", () => switchKeys(off.checked));
}
