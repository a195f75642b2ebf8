import { beforeEach, describe, expect, it } from "vitest";
import { onKey } from "../src/desk/keys";
import { count, onChange } from "../src/desk/select";
import * as drafts from "../src/field/drafts";
import { changed } from "../src/field/deeds";
import { uuid7 } from "../src/field/ids";
import { due, grouped, newestFirst, tone, when } from "../src/field/times";
import { fitted } from "../src/shared/shrink";
import en from "../src/locales/en.json";
import zh from "../src/locales/zh.json";

const NOW = Date.parse("2026-11-22T08:10:00Z");

describe("ids", () => {
  it("are UUIDs of version 7 in order of time", () => {
    const early = uuid7(1_700_000_000_000);
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(early < uuid7(1_700_000_000_001)).toBe(true);
    expect(uuid7()).not.toBe(uuid7());
  });
});

describe("times", () => {
  it("say how far a deadline is", () => {
    expect(due(null, NOW).key).toBe("due.none");
    expect(due("2026-11-25T09:00:00Z", NOW)).toEqual({ key: "due.left.days", values: { n: 3 } });
    expect(due("2026-11-22T03:00:00Z", NOW)).toEqual({ key: "due.late.hours", values: { n: 5 } });
    expect(tone("2026-11-22T09:00:00Z", NOW)).toBe("soon");
  });

  it("change the day at the village's midnight", () => {
    expect(when("2026-11-21T15:59:00Z", NOW)).toEqual({ key: "when.yesterday", values: { time: "23:59" } });
    expect(when("2026-11-21T16:01:00Z", NOW)).toEqual({ key: "when.today", values: { time: "00:01" } });
  });

  it("group tasks and keep their order", () => {
    const tasks = [{ due_at: "2026-11-20T00:00:00Z" }, { due_at: "2026-11-21T00:00:00Z" }, { due_at: null }];
    expect(grouped(tasks, NOW)).toEqual({ late: tasks.slice(0, 2), soon: [], plain: [tasks[2]] });
  });
});

describe("the order of what happened", () => {
  it("is the server's turned round, also where moments are equal", () => {
    const at = "2026-11-22T08:00:00Z";
    const told = [{ at, what: "提交" }, { at, what: "派单" }, { at, what: "接单" }];
    expect(newestFirst(told).map((each) => each.what)).toEqual(["接单", "派单", "提交"]);
    expect(told[0]?.what).toBe("提交");
  });
});

describe("drafts", () => {
  beforeEach(() => localStorage.clear());

  it("of another person or of weeks ago are taken off the phone", () => {
    drafts.begin("one");
    drafts.save("m", "note", { ...drafts.fresh(), words: "mine" });
    drafts.begin("one", Date.now() + 15 * 86_400_000);
    expect(drafts.begun("m")).toEqual([]);
    drafts.save("m", "note", { ...drafts.fresh(), words: "mine" });
    drafts.begin("two");
    drafts.begin("one");
    expect(drafts.load("m", "note").words).toBe("");
  });

  it("changed after they were sent are another command about the same version", () => {
    const draft = { ...drafts.fresh(), sent_at: "2026-11-22T08:00:00Z", seen: 4 };
    const before = draft.client_id;
    changed(draft);
    expect(draft.client_id).not.toBe(before);
    expect(draft).toMatchObject({ sent_at: null, seen: 4 });
  });
});

describe("photos", () => {
  it("fit the longest side and never grow", () => {
    expect(fitted(4000, 3000)).toEqual([1600, 1200]);
    expect(fitted(800, 600)).toEqual([800, 600]);
  });
});

describe("the desk", () => {
  beforeEach(() => {
    document.body.innerHTML = `<input data-search><input type="checkbox" data-select-all="id"><b data-selected="id"></b>
      <div data-needs-selection="id" hidden></div><ul data-queue>
      <li data-item><input type="checkbox" name="id"><a data-open href="#1">1</a></li>
      <li data-item><input type="checkbox" name="id"><a data-open href="#2">2</a></li></ul>`;
    document.addEventListener("change", onChange);
    document.addEventListener("keydown", onKey);
  });
  const press = (key: string): boolean => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

  it("goes through the queue with j and k, ticks with x, searches with /", () => {
    press("j");
    expect(document.activeElement?.textContent).toBe("1");
    press("j");
    press("j");
    expect(document.activeElement?.textContent).toBe("2");
    press("k");
    press("x");
    expect(document.querySelector("[data-selected]")?.textContent).toBe("1");
    press("/");
    expect(document.activeElement?.hasAttribute("data-search")).toBe(true);
    press("j");
    expect(document.activeElement?.hasAttribute("data-search")).toBe(true);
  });

  it("selects all, says how many, and shows what can be done with them", () => {
    const master = document.querySelector<HTMLInputElement>("[data-select-all]") as HTMLInputElement;
    master.click();
    expect(document.querySelector("[data-selected]")?.textContent).toBe("2");
    expect(document.querySelector<HTMLElement>("[data-needs-selection]")?.hidden).toBe(false);
    document.querySelector<HTMLInputElement>("[name=id]")?.click();
    expect(master.indeterminate).toBe(true);
    count("id");
    expect(master.checked).toBe(false);
  });
});

describe("the app's words", () => {
  const keys = (words: object, path = ""): string[] =>
    Object.entries(words).flatMap(([key, value]) => (typeof value === "object" ? keys(value as object, `${path}${key}.`) : [`${path}${key}`]));

  it("stand in both languages", () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort());
  });
});
