// Makes what the pages load from its sources: `npm ci && node deploy/assets/build.mjs`, or `make assets`.
// The results are committed, so that running the portal needs no Node.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import path from "node:path";
import * as esbuild from "esbuild";
import * as sass from "sass";

const root = fileURLToPath(new URL("../../", import.meta.url));
const from = (...parts) => path.join(root, "node_modules", ...parts);
const to = (...parts) => path.join(root, ...parts);
// Browsers of the last four years; anything newer in the sources is written for them or has a fallback beside it.
const target = ["chrome109", "firefox115", "safari15.6"];

async function copy(source, destination) {
  await mkdir(path.dirname(destination), { recursive: true });
  await cp(source, destination);
}

async function fonts() {
  const name = "atkinson-hyperlegible-next";
  for (const subset of ["latin", "latin-ext"]) {
    for (const weight of [400, 600]) {
      const file = `${name}-${subset}-${weight}-normal.woff2`;
      await copy(from("@fontsource", name, "files", file), to("static/vendor", name, `${subset}-${weight}.woff2`));
    }
  }
  await copy(from("@fontsource", name, "LICENSE"), to("static/vendor", name, "LICENSE"));
}

async function bootstrapParts() {
  const { css } = sass.compile(to("deploy/assets/bootstrap.scss"), {
    loadPaths: [from()],
    quietDeps: true,
    silenceDeprecations: ["import"],
  });
  await mkdir(to("static/vendor/bootstrap"), { recursive: true });
  await writeFile(to("static/vendor/bootstrap/parts.css"), css);
  await copy(from("bootstrap", "LICENSE"), to("static/vendor/bootstrap/LICENSE"));
}

async function bundles() {
  const common = { bundle: true, minify: true, target, legalComments: "inline", logLevel: "warning" };
  await esbuild.build({
    ...common,
    entryPoints: [to("deploy/assets/portal.css")],
    outfile: to("static/css/portal.css"),
    external: ["*.woff2"],
    banner: { css: "/* Made by `make assets` from the files beside it. Parts of Bootstrap 5.3: MIT, static/vendor/bootstrap/LICENSE. */" },
  });
  await esbuild.build({
    ...common,
    entryPoints: [to("deploy/assets/portal.js")],
    outfile: to("static/js/portal.js"),
    format: "esm",
    banner: { js: "// Made by `make assets` from static/js/behaviours." },
  });
}

async function player() {
  const common = { bundle: true, minify: true, target, legalComments: "inline", logLevel: "warning" };
  await esbuild.build({
    ...common,
    entryPoints: [to("deploy/assets/player.css")],
    outfile: to("static/css/player.css"),
    banner: { css: "/* Made by `make assets`. Plyr 3.8: MIT, static/vendor/plyr/LICENSE. */" },
  });
  await esbuild.build({
    ...common,
    entryPoints: [to("deploy/assets/player.js")],
    outfile: to("static/js/player.js"),
    format: "esm",
    banner: { js: "// Made by `make assets` from static/js/player. Plyr 3.8: MIT, static/vendor/plyr/LICENSE." },
  });
  await esbuild.build({
    ...common,
    entryPoints: [to("deploy/assets/hls.js")],
    outfile: to("static/js/hls.js"),
    format: "esm",
    banner: { js: "// Made by `make assets`. hls.js 1.7, light: Apache-2.0, static/vendor/hls/LICENSE." },
  });
  await copy(from("plyr", "dist/plyr.svg"), to("static/vendor/plyr/plyr.svg"));
  await copy(from("plyr", "LICENSE.md"), to("static/vendor/plyr/LICENSE"));
  await copy(from("hls.js", "LICENSE"), to("static/vendor/hls/LICENSE"));
}

async function uploading() {
  await esbuild.build({
    bundle: true,
    minify: true,
    target,
    legalComments: "inline",
    logLevel: "warning",
    entryPoints: [to("deploy/assets/upload.js")],
    outfile: to("static/js/upload.js"),
    format: "esm",
    banner: { js: "// Made by `make assets` from static/js/uploading. tus-js-client 4.3: MIT, static/vendor/tus-js-client/LICENSE." },
  });
  await copy(from("tus-js-client", "LICENSE"), to("static/vendor/tus-js-client/LICENSE"));
}

async function testTools() {
  await copy(from("axe-core", "axe.min.js"), to("tests/browser/vendor/axe.min.js"));
  await copy(from("axe-core", "LICENSE"), to("tests/browser/vendor/axe.LICENSE"));
}

async function report() {
  for (const file of ["static/vendor/bootstrap/parts.css", "static/css/portal.css", "static/js/portal.js", "static/js/upload.js", "static/css/player.css", "static/js/player.js", "static/js/hls.js"]) {
    const bytes = await readFile(to(file));
    console.log(`${file}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
  }
}

await fonts();
await bootstrapParts();
await bundles();
await player();
await uploading();
await testTools();
await report();
