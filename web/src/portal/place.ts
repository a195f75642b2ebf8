/** A button that fills in the phone's place. It is shown only where it can work, and asks only when pressed. */

export function place(button: HTMLButtonElement): void {
  const form = button.form;
  const status = document.getElementById(button.dataset.geo ?? "");
  if (!form || !status || !("geolocation" in navigator)) return;
  button.hidden = false;
  const fill = (name: string, value: string): void => {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value;
  };
  button.addEventListener("click", () => {
    status.textContent = button.dataset.wait ?? "";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        fill("lon", coords.longitude.toFixed(5));
        fill("lat", coords.latitude.toFixed(5));
        status.textContent = button.dataset.done ?? "";
      },
      () => {
        status.textContent = button.dataset.failed ?? "";
      },
      { timeout: 15_000, maximumAge: 60_000, enableHighAccuracy: true },
    );
  });
}
