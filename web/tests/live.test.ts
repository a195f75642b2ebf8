import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { matterIsCalm, queueIsCalm } from "../src/desk/live";
import { Asking, listen } from "../src/shared/live";

/** A stream of the browser, in a few lines. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static made: Source[] = [];
  readyState = 0;
  constructor(
    readonly url: string,
    readonly options: EventSourceInit,
  ) {
    super();
    Source.made.push(this);
  }
  close(): void {
    this.readyState = Source.CLOSED;
  }
  says(name: string, data = ""): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}
const stream = (): Source => Source.made[Source.made.length - 1] as Source;

beforeEach(() => {
  Source.made = [];
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("listening", () => {
  it("tells what changed, and whether the stream is there", () => {
    const [changed, state] = [vi.fn(), vi.fn()];
    listen("/live/events", { changed, state });
    expect(state).toHaveBeenLastCalledWith(false);
    stream().says("ready");
    expect(state).toHaveBeenLastCalledWith(true);
    stream().says("changed", "order");
    expect(changed).toHaveBeenLastCalledWith(["order"]);
    stream().says("resync");
    expect(changed).toHaveBeenLastCalledWith([]);
    expect(stream().options.withCredentials).toBe(true);
  });

  it("leaves coming back to the browser, and tries a refused stream again later", () => {
    const state = vi.fn();
    listen("/live/events", { changed: vi.fn(), state });
    stream().says("error");
    expect(Source.made).toHaveLength(1);
    stream().close();
    stream().says("error");
    expect(state).toHaveBeenLastCalledWith(false);
    vi.advanceTimersByTime(61_000);
    expect(Source.made).toHaveLength(2);
  });

  it("does not listen where there is nothing to listen to", () => {
    listen("", { changed: vi.fn(), state: vi.fn() });
    expect(Source.made).toHaveLength(0);
  });
});

describe("asking", () => {
  it("asks at once when something changed, and then rests", () => {
    const ask = vi.fn();
    const asking = new Asking(ask, { alone: 15_000, live: 60_000, rest: 4_000 });
    vi.advanceTimersByTime(5_000);
    asking.soon();
    vi.advanceTimersByTime(0);
    expect(ask).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 20; n++) asking.soon();
    vi.advanceTimersByTime(3_900);
    expect(ask).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(200);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("asks by itself, seldom while the stream is there", () => {
    const ask = vi.fn();
    const asking = new Asking(ask, { alone: 15_000, live: 60_000, rest: 4_000 });
    vi.advanceTimersByTime(45_500);
    expect(ask).toHaveBeenCalledTimes(3);
    asking.state(true);
    vi.advanceTimersByTime(55_000);
    expect(ask).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(6_000);
    expect(ask).toHaveBeenCalledTimes(4);
  });
});

describe("what somebody is working on", () => {
  const put = (html: string): HTMLElement => {
    document.body.innerHTML = html;
    return document.body.firstElementChild as HTMLElement;
  };

  it("is a ticked order, a word in the search, an open filter", () => {
    const html = '<section><input name="q"><details class="gz-filter"></details><ol class="gz-queue-list"><input type="checkbox"></ol></section>';
    expect(queueIsCalm(put(html))).toBe(true);
    const ticked = put(html);
    (ticked.querySelector("[type=checkbox]") as HTMLInputElement).checked = true;
    expect(queueIsCalm(ticked)).toBe(false);
    const searching = put(html);
    (searching.querySelector("[name=q]") as HTMLInputElement).focus();
    expect(queueIsCalm(searching)).toBe(false);
    const left = put(html);
    (left.querySelector("[name=q]") as HTMLInputElement).value = "路灯";
    expect(queueIsCalm(left)).toBe(false);
    const filtering = put(html);
    (filtering.querySelector("details") as HTMLDetailsElement).open = true;
    expect(queueIsCalm(filtering)).toBe(false);
  });

  it("is a field of the open order, and a telephone that was shown once", () => {
    expect(matterIsCalm(put("<section><h1 tabindex='-1'>x</h1><textarea></textarea></section>"))).toBe(true);
    const writing = put("<section><textarea></textarea></section>");
    (writing.querySelector("textarea") as HTMLElement).focus();
    expect(matterIsCalm(writing)).toBe(false);
    expect(matterIsCalm(put("<section><dl data-told></dl></section>"))).toBe(false);
  });
});
