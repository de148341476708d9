/** Bundles the scripts of both editions and their style into dist/, with only the charts used. */

import { build } from "esbuild";

await build({
  entryPoints: ["src/engineering.js", "src/client.js", "src/page.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
});
