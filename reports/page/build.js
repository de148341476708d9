/** Bundles the script of each edition and the style of all into dist/, with only the charts used. */

import { build } from "esbuild";

await build({
  entryPoints: ["src/engineering.js", "src/client.js", "src/comparison.js", "src/capacity.js", "src/page.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
});
