/** One stream that says that something changed, and what; while it is down, the page asks by itself. */

export interface Hearing {
  /** Something of these kinds changed; none named: anything may have. */
  changed: (kinds: string[]) => void;
  /** Whether the stream is there now. */
  state: (live: boolean) => void;
}

const TRY_AGAIN = 60_000;

/** Listen at `address` (none where it is empty) for as long as the page can be seen. */
export function listen(address: string, hearing: Hearing): void {
  let source: EventSource | null = null;
  let timer = 0;

  function close(): void {
    clearTimeout(timer);
    source?.close();
    source = null;
    hearing.state(false);
  }

  function failed(): void {
    hearing.state(false);
    // the browser comes back by itself after a fault of the network; after a refusal it does not
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    timer = window.setTimeout(open, TRY_AGAIN);
  }

  function open(): void {
    if (source || document.hidden) return;
    source = new EventSource(address, { withCredentials: true });
    source.addEventListener("ready", () => {
      hearing.state(true);
      hearing.changed([]);
    });
    source.addEventListener("changed", (event) => hearing.changed((event as MessageEvent<string>).data.split(" ")));
    source.addEventListener("resync", () => hearing.changed([]));
    source.addEventListener("error", failed);
  }

  hearing.state(false);
  if (!address || typeof EventSource === "undefined") return;
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}

/** Ask at once when something changed, but not more often than every `rest`; and by itself, often or seldom. */
export class Asking {
  private live = false;
  private asked = 0;
  private later = 0;

  constructor(
    private readonly ask: () => void,
    private readonly every: { alone: number; live: number; rest: number },
  ) {
    setInterval(() => this.byItself(), 1000);
    this.asked = Date.now();
  }

  state(live: boolean): void {
    this.live = live;
  }

  /** Something changed: ask now, or as soon as the last time is long enough past. */
  soon(): void {
    if (this.later) return;
    const wait = Math.max(0, this.asked + this.every.rest - Date.now());
    this.later = window.setTimeout(() => this.now(), wait);
  }

  private now(): void {
    clearTimeout(this.later);
    this.later = 0;
    this.asked = Date.now();
    this.ask();
  }

  private byItself(): void {
    if (document.hidden) return;
    if (Date.now() - this.asked >= (this.live ? this.every.live : this.every.alone)) this.now();
  }
}
