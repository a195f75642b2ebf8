import { afterEach, expect, test, vi } from "vitest";
import { bell } from "../src/desk/rings";
import { allow, ring, sounds } from "../src/shared/tone";

afterEach(() => {
  ring(false);
  vi.useRealTimers();
  document.body.innerHTML = "";
  document.title = "";
});

const settled = (): boolean => document.dispatchEvent(new Event("htmx:afterSettle"));

test("what rings is marked in the window's title, and the mark goes with it", () => {
  document.title = "等我办";
  document.body.innerHTML = '<section id="rings"><div data-ringing><button data-sound hidden></button></div></section>';
  bell();
  settled();
  settled();
  expect(document.title).toBe("● 等我办");
  expect(document.querySelector<HTMLElement>("[data-sound]")?.hidden).toBe(false);
  document.querySelector("#rings > div")?.remove();
  settled();
  expect(document.title).toBe("等我办");
});

test("a question about what rings says what is shown, and no other question does", () => {
  document.body.innerHTML = '<section id="rings"><div data-shown="abc"></div></section>';
  bell();
  const asked = (path: string): Record<string, string> => {
    const parameters: Record<string, string> = {};
    document.dispatchEvent(new CustomEvent("htmx:configRequest", { detail: { path, parameters } }));
    return parameters;
  };
  expect(asked("/desk/rings/")).toEqual({ shown: "abc" });
  expect(asked("/desk/changes/")).toEqual({});
});

test("a browser without sound is asked for none", async () => {
  await allow();
  expect(sounds()).toBe(false);
  ring(true);
  ring(true);
  ring(false);
});
