import { defineConfig, type Plugin } from "vite";

/* Each island is one entry; file names carry the hash of their content, and the page finds them through the manifest. */
const islands = ["htmx", "map", "chart", "bpmn", "bpmn-editor", "dmn", "upload", "bim-viewer", "scene", "onemap", "shape", "field"];

/* bpmn.io's mark is built from markup with style attributes, which the content policy forbids. The mark stays as it is;
   its place is given by our style sheets instead. */
const markWithoutInlineStyle: Plugin = {
  name: "mark-without-inline-style",
  transform(code, id) {
    return id.includes("dmn-js-shared/lib/util/PoweredByUtil") ? code.replaceAll('style="', 'data-was="') : null;
  },
};

export default defineConfig({
  plugins: [markWithoutInlineStyle],
  base: "/static/islands/",
  publicDir: false,
  build: {
    outDir: "../zhujian/static/islands",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    modulePreload: false,
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: Object.fromEntries(islands.map((name) => [name, `${name}/main.ts`])),
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "part-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  worker: { format: "es" },
});
