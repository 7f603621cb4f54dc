// Does with node-routeros what a job on standard input asks for; job.py says what a job is.
'use strict';

const fs = require('node:fs');
const iconv = require('iconv-lite');
const { RouterOSAPI } = require('node-routeros');

// In seconds; the tests give up later.
const PATIENCE = 30;

// node-routeros reads and writes all text as Windows-1252.
const text = (bytes) => iconv.encode(bytes, 'win1252').toString('latin1');
const data = (characters) => iconv.decode(Buffer.from(characters, 'latin1'), 'win1252');
const row = (attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [text(name), text(value)]));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Some errors are thrown where nobody can catch them: while the socket's data is read.
let fail;
process.on('uncaughtException', (error) => fail(error));
const orThrown = (promise) =>
    Promise.race([promise, new Promise((_, reject) => { fail = reject; })]);

async function connect(job) {
    const tls = job.ca && {
        ca: fs.readFileSync(job.ca),
        // The certificate names the simulated router, not the address.
        checkServerIdentity: () => undefined,
    };
    const { host, port, user, password } = job;
    const api = new RouterOSAPI({ host, port, user, password, timeout: PATIENCE, tls: tls || undefined });
    try {
        return await api.connect();
    } catch (error) {
        // node-routeros keeps nothing of what TLS had against the certificate; the socket does.
        throw error.message ? error : new Error(String(api.connector.socket.authorizationError));
    }
}

async function ask(api, words) {
    let rows;
    try {
        rows = (await orThrown(api.write(words.map(data)))).map(row);
    } catch (error) {
        // A refusal has no number; errors of node-routeros itself have.
        return error.errno ? { error: error.message } : { trap: text(error.message) };
    }
    // The attributes of `!done` come as one more row.
    const last = rows.at(-1);
    const ret = last && Object.keys(last).join() === 'ret' ? rows.pop().ret : null;
    return { rows, ret };
}

function listen(api, words, count) {
    return orThrown(new Promise((resolve, reject) => {
        let heard = 0;
        const stream = api.writeStream(words);
        let trap = null;
        stream.on('trap', (attributes) => { trap = attributes.message; });
        stream.on('error', reject);
        stream.on('data', (attributes) => {
            // Rows may have been under way when it was cancelled.
            if (heard === count) return;
            say({ reply: '!re', heard: row(attributes) });
            heard += 1;
            if (heard === count) stream.stop().then(() => resolve({ trap }), reject);
        });
    }));
}

async function run(job) {
    let api = null;
    for (const step of job.steps) {
        // What was thrown while data was read leaves node-routeros in the middle of a reply.
        api ??= await orThrown(connect(job));
        const answer = step.ask ? await ask(api, step.ask) : await listen(api, step.listen, step.rows);
        say(answer);
        if (answer.error) api = null;
    }
}

run(JSON.parse(fs.readFileSync(0, 'utf8')))
    .catch((error) => say({ error: error.message }))
    // Connections that were given up would keep the process alive.
    .finally(() => process.exit(0));
