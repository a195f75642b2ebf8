/** What rings stands above every page of the desk, sounds where the browser lets it, and stands in the window's title. */
import { allow, ring, sounds } from "../shared/tone";

const MARK = "● ";

const place = (): HTMLElement | null => document.getElementById("rings");

function show(): void {
  const at = place();
  const rings = at?.querySelector("[data-ringing]") != null;
  ring(rings);
  at?.querySelectorAll<HTMLElement>("[data-sound]").forEach((button) => (button.hidden = sounds()));
  const plain = document.title.startsWith(MARK) ? document.title.slice(MARK.length) : document.title;
  document.title = rings ? MARK + plain : plain;
}

/** The server says nothing where the page shows it already. */
function ask(event: Event): void {
  const { path, parameters } = (event as CustomEvent<{ path: string; parameters: Record<string, string> }>).detail;
  if (path.startsWith("/desk/rings/")) parameters.shown = place()?.querySelector<HTMLElement>("[data-shown]")?.dataset.shown ?? "";
}

/** Follow what rings, on every page. */
export function bell(): void {
  if (!place()) return;
  document.addEventListener("htmx:configRequest", ask);
  document.addEventListener("htmx:afterSettle", show);
  const touched = (): void => void allow().then(show);
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, touched);
}
