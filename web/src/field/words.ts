/** The app's words: Chinese is the source, English stands beside it. */
import { createI18n } from "vue-i18n";
import en from "../locales/en.json";
import zh from "../locales/zh.json";

export const words = (language: string) =>
  createI18n({
    legacy: false,
    locale: language.startsWith("en") ? "en" : "zh",
    fallbackLocale: "zh",
    messages: { zh, en },
  });
