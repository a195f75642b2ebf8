/** The residents' pages work without this; with it, photos shrink, a place fills itself in, a code is copied. */
import { copy } from "./copy";
import { photos } from "./photos";
import { place } from "./place";
import "./portal.less";
import "./orders.less";

document.querySelectorAll<HTMLElement>("[data-photos]").forEach(photos);
document.querySelectorAll<HTMLButtonElement>("button[data-geo]").forEach(place);
document.querySelectorAll<HTMLButtonElement>("button[data-copy]").forEach(copy);
document.querySelector<HTMLElement>(".gz-summary")?.focus();

// A second tap while the first is on its way would send the same thing twice.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
});
