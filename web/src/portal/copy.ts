/** A button that copies a receipt's code, shown only where copying works. */

export function copy(button: HTMLButtonElement): void {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText((source.textContent ?? "").trim());
    button.textContent = button.dataset.done ?? button.textContent;
  });
}
