import { beforeEach, describe, expect, it, vi } from "vitest";
import { keys, onKey, switchKeys } from "../src/desk/keys";

const press = (key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}): boolean => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  Object.defineProperty(event, "target", { value: target });
  onKey(event);
  return event.defaultPrevented;
};

describe("the keyboard of the desk", () => {
  beforeEach(() => {
    localStorage.clear();
    document.body.innerHTML = `
      <div data-queue><a data-open href="/a" id="a">a</a><a data-open href="/b" id="b">b</a></div>
      <nav><a data-view="1" href="/v" id="view">v</a></nav>
      <details data-step="transfer"><summary>t</summary><select id="holder"></select></details>
      <details data-step="note"><summary>n</summary><input type="hidden"><textarea id="words"></textarea></details>
      <input data-search id="q"><dialog id="keys"><input type="checkbox" data-keys-switch></dialog>`;
  });

  it("moves through the queue", () => {
    press("j");
    expect(document.activeElement?.id).toBe("a");
    press("j");
    expect(document.activeElement?.id).toBe("b");
    press("k");
    expect(document.activeElement?.id).toBe("a");
  });

  it("opens the form of a step and stands in its field", () => {
    press("n");
    expect(document.querySelector<HTMLDetailsElement>('[data-step="note"]')?.open).toBe(true);
    expect(document.activeElement?.id).toBe("words");
    press("d");
    expect(document.activeElement?.id).toBe("holder");
  });

  it("opens a view by its number, and leaves numbers alone that open none", () => {
    const opened = vi.fn((event: Event) => event.preventDefault());
    document.getElementById("view")?.addEventListener("click", opened);
    expect(press("1")).toBe(true);
    expect(press("2")).toBe(false);
    expect(opened).toHaveBeenCalledOnce();
  });

  it("says nothing while one types, with a modifier, or once it is switched off", () => {
    expect(press("j", document.getElementById("words") as EventTarget)).toBe(false);
    expect(press("j", document.body, { ctrlKey: true })).toBe(false);
    keys();
    const box = document.querySelector<HTMLInputElement>("[data-keys-switch]");
    expect(box?.checked).toBe(true);
    switchKeys(false);
    expect(press("j")).toBe(false);
    expect(press("1")).toBe(false);
    switchKeys(true);
    expect(press("j")).toBe(true);
  });
});
