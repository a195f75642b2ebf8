/** Two pages, told apart by the address: #/ (today) and #/m/<id> (one matter). */
import { ref } from "vue";

const read = (): string => /^#\/m\/([\w-]+)$/.exec(location.hash)?.[1] ?? "";

export const opened = ref(read());

addEventListener("hashchange", () => {
  opened.value = read();
  scrollTo(0, 0);
});

export const toMatter = (id: string): string => `#/m/${id}`;
