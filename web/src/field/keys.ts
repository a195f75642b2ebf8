import type { InjectionKey } from "vue";

export interface Offer {
  title: string;
  icon: string;
  url: string;
}

/** What the page that carries the app says about itself. */
export interface Setting {
  brand: string;
  user: string;
  posts: string;
  logout: string;
  /** Where it hears that something changed; empty: it asks by itself. */
  live?: string;
  offered: Offer[];
}

export const iconsKey: InjectionKey<string> = Symbol("icons");
export const settingKey: InjectionKey<Setting> = Symbol("setting");
