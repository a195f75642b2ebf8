/** The desk: keyboard, selection, and what htmx leaves to the page. */
import "./tabler.scss";
import "./desk.less";
import "./pages.less";
import { keys } from "./keys";
import { follow, renewed } from "./live";
import { bell } from "./rings";
import { recount, select } from "./select";

keys();
select();

/** The queue shows which of its orders is open beside it. */
function mark(): void {
  document.querySelectorAll<HTMLAnchorElement>("[data-open]").forEach((link) => {
    link.setAttribute("aria-current", String(link.pathname === location.pathname));
  });
}

document.addEventListener("htmx:afterSwap", (event) => {
  recount();
  const target = event.target as HTMLElement;
  if (target.id !== "matter" || renewed(event)) return;
  document.querySelector(".gz-split")?.classList.add("gz-split-open");
  target.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  target.scrollTop = 0;
});
document.addEventListener("htmx:afterSettle", mark);
mark();

follow();
bell();

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
