/**
 * Bundles the site into dist/, and again for each folder of src/defects into dist/defects/<folder>:
 * there, a module of the folder stands in for the page's own of the same name. Such a module takes
 * the healthy one as "healthy:<name>" and says only what is wrong.
 */

import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const SOURCES = resolve("src");
const DEFECTS = join(SOURCES, "defects");

function bundle(outdir, plugins = []) {
  return build({
    entryPoints: ["app.js", "app.css", "admin.js", "admin.css"].map((name) => join(SOURCES, name)),
    outdir,
    plugins,
    bundle: true,
    minify: true,
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
  });
}

/** @param {string} folder */
function standIns(folder) {
  return {
    name: "stand-ins",
    setup({ onResolve }) {
      onResolve({ filter: /^healthy:/ }, ({ path }) => ({
        path: join(SOURCES, path.slice("healthy:".length)),
      }));
      onResolve({ filter: /^\.\/.*\.js$/ }, ({ path, importer }) => {
        const standIn = join(folder, basename(path));
        if (dirname(importer) === SOURCES && existsSync(standIn)) return { path: standIn };
      });
    },
  };
}

const names = existsSync(DEFECTS) ? readdirSync(DEFECTS) : [];
await Promise.all([
  bundle("dist"),
  ...names.map((name) => bundle(`dist/defects/${name}`, [standIns(join(DEFECTS, name))])),
]);
