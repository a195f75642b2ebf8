/** A tone while something rings, where the browser lets the page sound: after one touch or key. No file, no network. */
const EVERY = 2_000;
const LENGTH = 0.35;

let context: AudioContext | null = null;
let timer = 0;

const there = (): boolean => typeof AudioContext !== "undefined";

/** Whether the browser lets it sound now. */
export const sounds = (): boolean => context?.state === "running";

/** A touch or a key was pressed: from now on the page may sound. */
export async function allow(): Promise<void> {
  if (!there()) return;
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume().catch(() => undefined);
}

function once(): void {
  if (!context || !sounds()) return;
  const begin = context.currentTime;
  for (const [at, pitch] of [
    [0, 880],
    [LENGTH, 660],
  ] as const) {
    const tone = context.createOscillator();
    const loud = context.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, begin + at);
    loud.gain.exponentialRampToValueAtTime(0.3, begin + at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, begin + at + LENGTH);
    tone.connect(loud).connect(context.destination);
    tone.start(begin + at);
    tone.stop(begin + at + LENGTH);
  }
}

/** Sound, again and again, or be still. */
export function ring(on: boolean): void {
  if (on && !timer) {
    once();
    timer = window.setInterval(once, EVERY);
  } else if (!on && timer) {
    clearInterval(timer);
    timer = 0;
  }
}
