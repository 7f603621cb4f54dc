// Lets MDN's HTTP Observatory look at the answers of a tikwatch that it starts itself: over plain HTTP, and over HTTPS.
//
//     node scan.mjs PROGRAM MODULES
//
// MODULES is where `npm ci` has put the pinned packages. The Observatory downloads two lists when it is installed: of
// hosts that browsers know to speak HTTPS, and of top-level domains. Scripts of packages are not run here, and an address
// is in neither list, so the list that it reads is an empty one: nothing but loopback is asked for.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

// What nobody can pass who speaks plain HTTP; everything else must pass there, too.
const NEEDS_HTTPS = ["strict-transport-security", "redirection"];
const TESTS = 10;
const PATIENCE_MS = 60_000;

const [program, modules, only] = process.argv.slice(2);
const observatory = resolve(modules, "node_modules/@mdn/mdn-http-observatory");

// The scan itself, in a process of its own: whom Node trusts is settled when it starts.
if (only) {
    const { scan } = await import(pathToFileURL(join(observatory, "src/scanner/index.js")).href);
    console.log(JSON.stringify(await scan(only)));
    process.exit(0);
}

writeFileSync(join(observatory, "conf/hsts-preload.json"), "{}");
const wrong = [
    ...(await look("http", [], NEEDS_HTTPS)),
    ...(await look("https", ["--tls", "self-signed"], [])),
];
for (const line of wrong) console.log(`FAILED ${line}`);
process.exit(wrong.length === 0 ? 0 : 1);

async function look(scheme, further, mayFail) {
    const folder = mkdtempSync(join(tmpdir(), "tikwatch-observatory-"));
    writeFileSync(join(folder, "settings.json"), '{ "routers": [] }');
    const place = ["--settings", join(folder, "settings.json"), "--data", join(folder, "data")];
    const environment = { ...process.env, XDG_CONFIG_HOME: join(folder, "config") };
    const served = spawn(program, ["serve", "--listen", "127.0.0.1:0", ...place, ...further], {
        cwd: folder,
        env: environment,
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((done) => served.once("exit", done));
    try {
        const host = await address(served, scheme);
        // The certificate was made a moment ago, so it is trusted here as if it had come from an authority.
        const trusted = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "data/tls/certificate.pem") };
        const { scan, tests } = await scanned(host, scheme === "https" ? trusted : process.env);
        return judged(scheme, scan, tests, mayFail);
    } finally {
        served.kill("SIGTERM");
        await ended;
        rmSync(folder, { recursive: true });
    }
}

// The console's link names the address.
function address(served, scheme) {
    return new Promise((found, failed) => {
        const late = setTimeout(() => failed(new Error("the program never said where it listens")), PATIENCE_MS);
        served.once("exit", () => failed(new Error("the program ended")));
        createInterface({ input: served.stdout }).on("line", (line) => {
            const link = line.match(new RegExp(`${scheme}://(127\\.0\\.0\\.1:\\d+)/`));
            if (link) {
                clearTimeout(late);
                found(link[1]);
            }
        });
    });
}

async function scanned(host, environment) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), program, modules, host], {
        env: environment,
        stdio: ["ignore", "pipe", "inherit"],
        timeout: PATIENCE_MS,
    });
    let text = "";
    child.stdout.on("data", (piece) => (text += piece));
    const code = await new Promise((done) => child.once("close", done));
    if (code !== 0) throw new Error(`the scan of ${host} ended with ${code}: ${text}`);
    return JSON.parse(text);
}

function judged(scheme, scan, tests, mayFail) {
    const names = Object.keys(tests);
    console.log(`${scheme}: ${scan.testsPassed} of ${scan.testsQuantity} pass, grade ${scan.grade}, score ${scan.score}`);
    const found = [];
    if (names.length !== TESTS) found.push(`${scheme}: ${names.length} tests, not ${TESTS}`);
    for (const [name, test] of Object.entries(tests)) {
        const excused = !test.pass && mayFail.includes(name);
        console.log(`  ${test.pass ? "pass" : excused ? "fail, as over plain HTTP it must" : "FAIL"}  ${name}: ${test.result}`);
        if (!test.pass && !excused) found.push(`${scheme}: ${name}: ${test.result}`);
    }
    return found;
}
