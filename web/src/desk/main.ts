/** The desk: keyboard, selection, and what htmx leaves to the page. */
import "./tabler.scss";
import "./desk.less";
import { keys } from "./keys";
import { recount, select } from "./select";

keys();
select();

document.addEventListener("htmx:afterSwap", (event) => {
  recount();
  const target = event.target as HTMLElement;
  if (target.id !== "matter") return;
  document.querySelectorAll("[data-open]").forEach((link) => {
    const own = link.getAttribute("href");
    link.setAttribute("aria-current", String(own === location.pathname));
  });
  document.querySelector(".gz-split")?.classList.add("gz-split-open");
});

// What the server refuses with words (4xx) is shown in its place; a lost connection is said.
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
  if ([400, 409, 422].includes(detail.xhr.status)) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
document.addEventListener("htmx:sendError", () => {
  const notice = document.getElementById("connection");
  if (notice) notice.hidden = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const notice = document.getElementById("connection");
  if (notice && (event as CustomEvent<{ successful: boolean }>).detail.successful) notice.hidden = true;
});

// Menus close when one clicks elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll<HTMLDetailsElement>("details.gz-menu[open]").forEach((menu) => {
    if (!menu.contains(event.target as Node)) menu.open = false;
  });
});
