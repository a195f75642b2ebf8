/** The field app: today's work in order, done in a few taps, on the phone that the worker has. */
import { createApp } from "vue";
import "./field.less";
import FieldApp from "./FieldApp.vue";
import { begin } from "./drafts";
import { iconsKey, settingKey, type Offer } from "./keys";
import { words } from "./words";

const root = document.getElementById("app");
if (root) {
  const { language = "zh", brand = "", user = "", posts = "", logout = "/accounts/logout/", icons = "", live = "" } = root.dataset;
  const offered = JSON.parse(document.getElementById("offered")?.textContent ?? "[]") as Offer[];
  begin(user);
  createApp(FieldApp)
    .use(words(language))
    .provide(iconsKey, icons)
    .provide(settingKey, { brand, user, posts, logout, live, offered })
    .mount(root);
}
