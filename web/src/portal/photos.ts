/** Preview, shrink and remove photos before they are sent. Without JavaScript the plain file field works. */
import { shrink } from "../shared/shrink";

export function photos(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input[type=file]");
  if (!input || typeof DataTransfer === "undefined") return;
  const list = document.createElement("ul");
  list.className = "gz-photos";
  box.append(list);
  const most = Number(box.dataset.max ?? "6");
  let kept: File[] = [];

  const show = (): void => {
    const bag = new DataTransfer();
    kept.forEach((file) => bag.items.add(file));
    input.files = bag.files;
    list.replaceChildren(...kept.map(preview));
  };
  const preview = (file: File): HTMLLIElement => {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.alt = box.dataset.alt ?? "";
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = box.dataset.remove ?? "×";
    remove.onclick = () => {
      kept = kept.filter((other) => other !== file);
      show();
    };
    item.append(image, remove);
    return item;
  };
  input.addEventListener("change", async () => {
    const chosen = await Promise.all(Array.from(input.files ?? []).map(shrink));
    kept = [...kept, ...chosen].slice(0, most);
    show();
  });
}
