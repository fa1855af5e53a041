// SPDX-License-Identifier: GPL-3.0-or-later

// One event loop: a function runs until it awaits.  Worker threads have loops
// and heaps of their own, and share only the memory of a typed array.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const range = (n, first = 0) => Array.from({ length: n }, (_, i) => first + i);

async function async({ n, increments }) {
    let count = 0;
    await Promise.all(range(n).map(async () => {
        for (let i = 0; i < increments; i++)
            count++;
    }));
    return count;
}

async function asyncYield({ n, increments }) {
    let count = 0;
    await Promise.all(range(n).map(async () => {
        for (let i = 0; i < increments; i++) {
            const old = count;
            await null;
            count = old + 1;
        }
    }));
    return count;
}

// A lock is a chain of promises: each task waits for the one before it.
async function asyncLock({ n, increments }) {
    let count = 0, last = Promise.resolve();
    await Promise.all(range(n).map(async () => {
        for (let i = 0; i < increments; i++) {
            await (last = last.then(async () => {
                const old = count;
                await null;
                count = old + 1;
            }));
        }
    }));
    return count;
}

// A worker takes 50 ms to start, so a few are kept and share the tasks.
const WORKERS = 8, pool = [];

async function work(message, n) {
    while (pool.length < WORKERS)
        pool.push(new Worker(new URL(import.meta.url)));
    await Promise.all(pool.map((worker, i) => {
        const tasks = Math.floor((n + i) / WORKERS);
        worker.postMessage({ ...message, tasks });
        return once(worker, 'message');
    }));
}

const workers = (guarded) => async ({ n, increments }) => {
    const count = new Uint32Array(new SharedArrayBuffer(4));
    await work({ count, increments, guarded }, n);
    return count[0];
};

function increment({ count, increments, guarded, tasks }) {
    for (let i = 0; i < tasks * increments; i++) {
        if (guarded)
            Atomics.add(count, 0, 1);
        else
            count[0]++;
    }
    parentPort.postMessage('done');
}

async function get(url) {
    const response = await fetch(url);
    if (!response.ok)
        throw new Error(`${url}: ${response.status}`);
    return response;
}

const number = (text) => Number(text.slice(text.lastIndexOf(' ') + 1));

// Each repetition's n things together; the results are in order.
async function fetchAll({ n, repetitions, url }, f) {
    const results = [];
    for (let r = 0; r < repetitions; r++) {
        const urls = range(n, r * n).map((i) => url + i);
        results.push(...await Promise.all(urls.map(f)));
    }
    return results;
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function download(request) {
    return [sum(await fetchAll(request, async (url) =>
        number(await (await get(url)).text())))];
}

async function bulk(request) {
    const files = await fetchAll(request, async (url) => {
        let bytes = 0, end = Buffer.alloc(0);
        for await (const chunk of (await get(url)).body) {
            bytes += chunk.length;
            end = Buffer.concat([end, chunk.subarray(-20)]).subarray(-20);
        }
        return [number(end.toString()), bytes];
    });
    return [0, 1].map((field) => sum(files.map((file) => file[field])));
}

// The first element with the last name of the path, in ones with those before.
function find(node, [name, ...path]) {
    const rest = node.nodeName === name ? path : [name, ...path];
    if (rest.length === 0)
        return node;
    for (const child of node.childNodes ?? []) {
        const found = find(child, rest);
        if (found)
            return found;
    }
}

function titles(parse5) {
    const element = async (url, ...path) =>
        find(parse5.parse(await (await get(url)).text()), path);
    return (request) => fetchAll(request, async (blog) => {
        const link = await element(blog, 'h3', 'a');
        const { value } = link.attrs.find(({ name }) => name === 'href');
        const title = await element(new URL(value, blog), 'title');
        return title.childNodes[0].value.trim();
    });
}

function counter(count) {
    return async (request) => {
        const values = [];
        for (let r = 0; r < request.repetitions; r++)
            values.push(await count(request));
        return values;
    };
}

const models = new Map([
    ['counter/async:exact', counter(async)],
    ['counter/async-yield:may-lose', counter(asyncYield)],
    ['counter/async-lock:exact', counter(asyncLock)],
    ['counter/workers:may-lose', counter(workers(false))],
    ['counter/workers-atomics:exact', counter(workers(true))],
    ['download/async:exact', download],
    ['bulk/async:exact', bulk],
]);

// Node itself has no parser; NODE_PATH leads to Debian's, if it is there.
try {
    const parse5 = createRequire(import.meta.url)('parse5');
    models.set('titles/async:exact', titles(parse5));
} catch { /* no titles */ }

async function answer([id, workload, model, ...numbers], url) {
    const work = models.get(`${workload}/${model}:exact`) ??
        models.get(`${workload}/${model}:may-lose`);
    const [n, increments, repetitions] = numbers.map(Number);
    if (!work || ![n, increments, repetitions].every(Number.isSafeInteger))
        throw new Error(`no model ${model} of ${workload}, or no number`);
    const start = process.hrtime.bigint();
    const results = await work({ n, increments, repetitions, url });
    return [id, 'OK', process.hrtime.bigint() - start, ...results].join('\t');
}

async function main() {
    const names = [...models.keys()].join(',');
    console.log(`READY\t1\tNode ${process.version}\t${names}`);
    for await (const line of createInterface({ input: process.stdin })) {
        const fields = line.split('\t');
        try {
            console.log(await answer(fields.slice(0, -1), fields.at(-1)));
        } catch (error) {
            const why = [error.message, error.cause?.message ?? ''].join(' ');
            console.log(`${fields[0]}\tERR\t${why.replace(/\s+/g, ' ')}`);
        }
    }
    await Promise.all(pool.map((worker) => worker.terminate()));
}

if (isMainThread)
    await main();
else
    parentPort.on('message', increment);
