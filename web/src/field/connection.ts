/** The state of the connection, always said in words. */
import { ref } from "vue";
import { NoAnswer, SignedOut } from "./api";

export type State = "opening" | "connected" | "sending" | "none" | "signed_out";

export const state = ref<State>("opening");
export const heardAt = ref<string | null>(null);
/** Whether the server tells of changes at once; else the page asks every minute. */
export const live = ref(false);
export const now = ref(Date.now());

/** Run one exchange with the server and note what it says about the connection. */
export async function exchange<T>(work: () => Promise<T>, during: State = "sending"): Promise<T> {
  state.value = during;
  try {
    const result = await work();
    heard();
    return result;
  } catch (error) {
    if (error instanceof NoAnswer) state.value = "none";
    else if (error instanceof SignedOut) state.value = "signed_out";
    else heard();
    throw error;
  }
}

function heard(): void {
  state.value = "connected";
  heardAt.value = new Date().toISOString();
}

/** Keep the clock of the page, and try again when the phone says that it is back. */
export function watchConnection(retry: () => void): void {
  setInterval(() => (now.value = Date.now()), 20_000);
  addEventListener("offline", () => (state.value = "none"));
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") retry();
  });
}
