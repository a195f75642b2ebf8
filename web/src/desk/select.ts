/** Selecting in the queue: one box ticks all; the number of ticked ones stands in words beside the actions. */

const boxes = (name: string): HTMLInputElement[] =>
  Array.from(document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][name="${CSS.escape(name)}"]`));

export function count(name: string): void {
  const all = boxes(name);
  const ticked = all.filter((box) => box.checked).length;
  document.querySelectorAll<HTMLInputElement>(`[data-select-all="${CSS.escape(name)}"]`).forEach((master) => {
    master.checked = ticked > 0 && ticked === all.length;
    master.indeterminate = ticked > 0 && ticked < all.length;
  });
  document.querySelectorAll<HTMLElement>(`[data-selected="${CSS.escape(name)}"]`).forEach((place) => {
    place.textContent = String(ticked);
  });
  document.querySelectorAll<HTMLElement>(`[data-needs-selection="${CSS.escape(name)}"]`).forEach((bar) => {
    bar.hidden = ticked === 0;
  });
}

export function onChange(event: Event): void {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const master = box.dataset.selectAll;
  if (master) boxes(master).forEach((each) => (each.checked = box.checked));
  count(master ?? box.name);
}

/** Listens, and counts what the page came with. */
export function select(): void {
  document.addEventListener("change", onChange);
  recount();
}

/** After the queue was replaced the counts start anew. */
export function recount(): void {
  document.querySelectorAll<HTMLElement>("[data-select-all]").forEach((master) => count(master.dataset.selectAll ?? ""));
}
