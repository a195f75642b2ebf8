// Builds every asset under a fixed name: Django's manifest storage adds the hashes.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import less from "less";
import { build } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../src/gongzhi/ui/static/built/", import.meta.url));
const entries = {
  portal: "src/portal/main.ts",
  desk: "src/desk/main.ts",
  field: "src/field/main.ts",
};
// Old Android phones open village pages in WebViews of 2019 and later.
const target = ["chrome79", "safari13"];

async function bundle(name, input) {
  await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    plugins: [vue()],
    define: {
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
      __VUE_I18N_FULL_INSTALL__: "false",
      __VUE_I18N_LEGACY_API__: "false",
      __INTLIFY_PROD_DEVTOOLS__: "false",
    },
    build: {
      outDir: out,
      emptyOutDir: false,
      target,
      cssCodeSplit: false,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: here + input,
        output: {
          format: "iife",
          entryFileNames: `${name}.js`,
          assetFileNames: `${name}[extname]`,
        },
      },
    },
  });
}

async function sprite() {
  const folder = new URL("src/icons/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".svg")).sort();
  const symbols = await Promise.all(
    names.map(async (name) => {
      const source = await readFile(new URL(name, folder), "utf8");
      const filled = source.includes('fill="currentColor"');
      const paint = filled
        ? 'fill="currentColor" stroke="none"'
        : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
      const paths = [...source.matchAll(/<path[^>]*\/>/g)].map(([path]) => path);
      const drawn = paths.filter((path) => !path.includes('d="M0 0h24v24H0z"')).join("");
      return `<symbol id="${name.slice(0, -4)}" viewBox="0 0 24 24" ${paint}>${drawn}</symbol>`;
    }),
  );
  await writeFile(`${out}icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

async function printStyles() {
  const source = new URL("src/print/print.less", import.meta.url);
  const { css } = await less.render(await readFile(source, "utf8"), { filename: fileURLToPath(source) });
  await writeFile(`${out}print.css`, css);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const [name, input] of Object.entries(entries)) await bundle(name, input);
await printStyles();
await sprite();
await copyFile(new URL("src/logo.svg", import.meta.url), `${out}logo.svg`);
await copyFile(new URL("node_modules/htmx.org/dist/htmx.min.js", import.meta.url), `${out}htmx.js`);
