/** Let promises, timers of zero and the page settle. */
export async function flushPromises(): Promise<void> {
  for (let round = 0; round < 6; round += 1) await new Promise((done) => setTimeout(done, 0));
}
