import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Modules of the live page (gateway/page/*.js) are taken from the gateway as they are, not copied.
const LIVE_PAGE = ["feed", "format", "markdown", "price", "story"];

export default defineConfig({
  base: "/page/meet/",
  plugins: [react()],
  build: {
    outDir: "../src/gateway/page/meet",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      external: LIVE_PAGE.map((name) => `live-page/${name}.js`),
      output: {
        paths: Object.fromEntries(LIVE_PAGE.map((name) => [`live-page/${name}.js`, `/page/${name}.js`])),
        // No hashes: files are asked for again at every visit (304), and a change shows as one file's.
        entryFileNames: "meet.js",
        chunkFileNames: "[name].js",
        assetFileNames: "meet[extname]",
        codeSplitting: { groups: [{ name: "libraries", test: /node_modules|rolldown|vite\// }] },
      },
    },
  },
});
