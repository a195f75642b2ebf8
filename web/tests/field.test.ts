import { flushPromises } from "./flush";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, type App } from "vue";
import FieldApp from "../src/field/FieldApp.vue";
import * as drafts from "../src/field/drafts";
import { iconsKey, settingKey } from "../src/field/keys";
import { words } from "../src/field/words";
import type { Command, Matter } from "../src/field/types";

const ID = "01900000-0000-7000-8000-000000000001";

function matter(over: Partial<Matter> = {}): Matter {
  return {
    id: ID, number: "GT-1", version: 3, kind_name: "路灯", category_name: "照明", state: "dispatched", state_name: "已派单",
    region_name: "城关镇 西街村", words: "村口路灯不亮", place_text: "村口", point: null, photos: [], due_at: null,
    can_call: true, resident_wishes: "", timeline: [{ at: "2026-11-22T08:00:00Z", what: "已派单", who: "坐席", words: "" }],
    actions: [
      { key: "accept", name: "接单", needs: [] },
      { key: "return", name: "退回", needs: ["reason"] },
    ],
    ...over,
  };
}

/** A server of a few lines: it keeps what was sent and answers as it is told. */
class Server {
  sent: Command[] = [];
  offers: object[] = [];
  matter = matter();
  reply: (command: Command) => object | "silence" = () => ({ status: "done" });

  fetch = async (path: string, options: RequestInit = {}): Promise<Response> => {
    if (path.endsWith("/today")) return this.json(this.today());
    if (path.includes("/matters/")) return this.json(this.matter);
    const [command] = (JSON.parse(String(options.body)) as { commands: Command[] }).commands;
    if (!command) throw new Error("no command");
    this.sent.push(command);
    const answer = this.reply(command);
    if (answer === "silence") throw new TypeError("network");
    return this.json({ answers: [{ client_id: command.client_id, ...answer }] });
  };

  private today = (): object => ({
    now: "2026-11-22T08:00:00Z", post: [], offers: this.offers,
    tasks: [{ id: "t1", what: "accept", what_name: "待接单", due_at: "2020-01-01T00:00:00Z", overdue: true,
      matter: { ...this.matter, village: "西街村", title_words: "村口路灯不亮", urgent: true } }],
  });

  private json = (body: object): Response =>
    new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

let app: App;
let server: Server;
const setting = { brand: "共治", user: "worker", posts: "网格员", logout: "/out/", offered: [] };

const page = (): string => document.body.textContent ?? "";
const button = (name: string): HTMLElement => {
  const all = Array.from(document.querySelectorAll<HTMLElement>("button, a"));
  const found = all.filter((each) => each.textContent?.trim() === name).pop();
  if (!found) throw new Error(`no button “${name}” in: ${page()}`);
  return found;
};
async function tap(element: HTMLElement): Promise<void> {
  element.click();
  if (element instanceof HTMLAnchorElement && element.hash) location.hash = element.hash;
  await flushPromises();
}
async function write(id: string, text: string): Promise<void> {
  const field = document.querySelector<HTMLTextAreaElement>(`#${id}`);
  if (!field) throw new Error(`no field ${id}`);
  field.value = text;
  field.dispatchEvent(new Event("input"));
  await flushPromises();
}
async function open(hash = ""): Promise<void> {
  location.hash = hash;
  document.body.innerHTML = '<div id="app"></div>';
  drafts.begin("worker");
  app = createApp(FieldApp).use(words("zh")).provide(iconsKey, "").provide(settingKey, setting);
  app.mount("#app");
  await flushPromises();
}

beforeEach(() => {
  localStorage.clear();
  server = new Server();
  vi.stubGlobal("fetch", server.fetch);
});
afterEach(() => {
  app.unmount();
  vi.unstubAllGlobals();
});

describe("today", () => {
  it("puts what is overdue first and says so in words", async () => {
    await open();
    expect(page()).toContain("已超期，先办（1件）");
    expect(page()).toContain("紧急");
    expect(page()).toContain("西街村 · 路灯");
  });

  it("says in words that the connection is there, or is not", async () => {
    await open();
    expect(page()).toContain("已连接");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    await tap(button("刷新"));
    expect(page()).toContain("没有连上网，看到的是");
  });
});

describe("a command", () => {
  it("accepts and fulfils in at most six taps", async () => {
    let taps = 0;
    const count = async (element: HTMLElement): Promise<void> => {
      taps += 1;
      await tap(element);
    };
    await open();
    server.reply = (command) => {
      const outcomes = [{ key: "solved", name: "解决了" }];
      server.matter = matter({ version: 4, actions: command.name === "accept" ? [{ key: "fulfil", name: "办结", needs: ["outcome"], optional: ["words"], outcomes }] : [] });
      return { status: "done" };
    };
    await count(document.querySelector<HTMLElement>("a.task") as HTMLElement);
    await count(button("接单"));
    await count(button("办结"));
    await count(document.querySelector<HTMLElement>("input[value=solved]") as HTMLElement);
    await write("draft-words", "换了灯泡");
    await count(button("提交"));
    expect(taps).toBeLessThanOrEqual(6);
    expect(server.sent.map((each) => each.name)).toEqual(["accept", "fulfil"]);
    expect(server.sent[1]).toMatchObject({ subject: ID, seen: 4, data: { outcome: "solved", words: "换了灯泡" } });
    expect(page()).toContain("“办结”已经提交成功");
  });

  it("is the same command when no answer came and it is sent again", async () => {
    await open(`#/m/${ID}`);
    server.reply = () => "silence";
    await tap(button("其他办法"));
    await tap(button("退回"));
    await write("draft-reason", "不在我们村");
    await tap(button("提交"));
    expect(page()).toContain("不会重复");
    server.reply = () => ({ status: "done" });
    await tap(button("提交"));
    expect(server.sent).toHaveLength(2);
    expect(server.sent[1]).toEqual(server.sent[0]);
    expect(drafts.begun(ID)).toEqual([]);
  });

  it("keeps what was written when the page is closed before it is sent", async () => {
    await open(`#/m/${ID}`);
    await tap(button("其他办法"));
    await tap(button("退回"));
    await write("draft-reason", "要找水务所");
    app.unmount();
    await open(`#/m/${ID}`);
    await tap(button("其他办法"));
    await tap(button("退回"));
    expect(document.querySelector<HTMLTextAreaElement>("#draft-reason")?.value).toBe("要找水务所");
  });

  it("asks for what is missing before it sends anything", async () => {
    await open(`#/m/${ID}`);
    await tap(button("其他办法"));
    await tap(button("退回"));
    await tap(button("提交"));
    expect(page()).toContain("请说明原因。");
    expect(server.sent).toHaveLength(0);
  });

  it("shows both sides of a conflict and lets the worker decide", async () => {
    await open(`#/m/${ID}`);
    server.reply = () => {
      server.matter = matter({ version: 5, state_name: "已改派", timeline: [{ at: "2026-11-22T09:00:00Z", what: "改派", who: "镇坐席", words: "换人去" }] });
      return { status: "conflict", message: "坐席刚才改派了这件事。" };
    };
    await tap(button("其他办法"));
    await tap(button("退回"));
    await write("draft-reason", "不归我管");
    await tap(button("提交"));
    expect(page()).toContain("坐席刚才改派了这件事。");
    expect(page()).toContain("不归我管");
    expect(page()).toContain("换人去");
    server.reply = () => ({ status: "done" });
    await tap(button("仍然提交"));
    expect(server.sent[1]).toMatchObject({ seen: 5, data: { reason: "不归我管" } });
    expect(server.sent[1]?.client_id).not.toBe(server.sent[0]?.client_id);
  });

  it("shows the telephone only for a reason, and the reason goes with the command", async () => {
    await open(`#/m/${ID}`);
    server.reply = () => ({ status: "done", answer: { phone: "0936-000-0000" } });
    await tap(button("查看电话"));
    await write("draft-reason", "问清是哪盏灯");
    await tap(button("提交"));
    expect(server.sent[0]).toMatchObject({ name: "call", data: { reason: "问清是哪盏灯" } });
    expect(document.querySelector('a[href="tel:0936-000-0000"]')).not.toBeNull();
  });

  it("gives a reason by its key and adds words of one's own", async () => {
    server.matter = matter({ actions: [{ key: "return", name: "退回", needs: ["reason"], optional: ["words"], reasons: [{ key: "elsewhere", name: "不在我这里" }] }] });
    await open(`#/m/${ID}`);
    await tap(button("退回"));
    await tap(document.querySelector<HTMLElement>("input[value=elsewhere]") as HTMLElement);
    await write("draft-words", "在隔壁村");
    await tap(button("提交"));
    expect(server.sent[0]?.data).toEqual({ reason: "elsewhere", words: "在隔壁村" });
  });

  it("takes an order that is open to helpers after one question", async () => {
    server.offers = [{ id: ID, kind_name: "扫雪", village: "西街村", recorded_at: "2026-11-22T08:00:00Z" }];
    await open();
    await tap(document.querySelector<HTMLElement>("button.offer") as HTMLElement);
    expect(page()).toContain("现在只能看到类别和村名");
    await tap(button("我来办"));
    expect(server.sent[0]).toMatchObject({ name: "take", subject: ID, seen: null });
    expect(location.hash).toBe(`#/m/${ID}`);
  });

  it("says a refusal in the server's words and keeps the draft", async () => {
    await open(`#/m/${ID}`);
    server.reply = () => ({ status: "refused", message: "这件事已经不在您手上。" });
    await tap(button("其他办法"));
    await tap(button("退回"));
    await write("draft-reason", "重复了");
    await tap(button("提交"));
    expect(page()).toContain("这件事已经不在您手上。");
    expect(drafts.begun(ID)).toEqual(["return"]);
  });
});
