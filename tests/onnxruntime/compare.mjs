// Usage: compare.mjs FOLDER
// Runs the models that xgrad_onnxruntime_peer wrote to FOLDER in ONNX Runtime, and compares their outputs with xgrad's: the largest difference
// over the largest output, or over 1 if that is larger, is below 1e-5 in float and 1e-12 in double. Every kind of module has models.
// scripts/check-onnxruntime runs this.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-web/wasm";

const BOUNDS = { float32: 1e-5, float64: 1e-12 };
// The ops that ONNX Runtime has for floats only, in its CPU kernels as well as in these.
const FLOAT_ONLY = new Set(["AveragePool", "Conv", "ConvTranspose", "Elu", "Erf", "GlobalAveragePool", "LeakyRelu", "Resize", "Softplus"]);
// What it refuses when it runs a model: PyTorch and ONNX allow an output_padding that is less than the dilation.
const REFUSED = /output_padding \(\d+\) may be too large for stride/;
// Of doubles the default would also fuse nodes to ops that it has for floats only: x sigmoid(x) to QuickGelu.
const OPTIMIZATIONS = { float32: "all", float64: "basic" };
const TYPES = { F32: ["float32", Float32Array], F64: ["float64", Float64Array], I64: ["int64", BigInt64Array] };

// The arrays of a safetensors file by name, as Tensors, and its metadata.
function readSafetensors(path) {
    const bytes = readFileSync(path);
    const begin = 8 + Number(bytes.readBigUInt64LE(0));
    const { __metadata__: metadata, ...entries } = JSON.parse(bytes.toString("utf8", 8, begin));
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: [first, last] }] of Object.entries(entries)) {
        const [type, TypedArray] = TYPES[dtype];
        const data = bytes.buffer.slice(bytes.byteOffset + begin + first, bytes.byteOffset + begin + last);
        tensors[name] = new ort.Tensor(type, new TypedArray(data), shape);
    }
    return { tensors, metadata };
}

// A batch, and the same again behind it.
const twice = (x) => new ort.Tensor(x.type, x.data.constructor.from([...x.data, ...x.data]), [2 * x.dims[0], ...x.dims.slice(1)]);

function difference(found, expected) {
    if (found.type !== expected.type || String(found.dims) !== String(expected.dims)) return Infinity;
    let scale = 1, largest = 0;
    for (let i = 0; i < expected.data.length; i++) {
        scale = Math.max(scale, Math.abs(expected.data[i]));
        const error = Math.abs(found.data[i] - expected.data[i]);
        largest = Math.max(largest, Number.isNaN(error) ? Infinity : error);
    }
    return largest / scale;
}

// What ONNX Runtime's outputs of a model differ by from xgrad's, for a batch and for one twice as large; or the name of the op of which it has
// no kernel.
async function run(path, x, y) {
    let session;
    try {
        session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)), { graphOptimizationLevel: OPTIMIZATIONS[y.type] });
    } catch (error) {
        const [, op] = /Could not find an implementation for (\w+)\(/.exec(error.message) ?? [];
        if (!op) throw new Error(`${path}: ${error.message}`);
        return { op };
    }
    let once, again;
    try {
        once = await session.run({ input: x });
        again = await session.run({ input: twice(x) });
    } catch (error) {
        if (!REFUSED.test(error.message)) throw new Error(`${path}: ${error.message}`);
        return { refused: true };
    } finally {
        await session.release();
    }
    return { error: Math.max(difference(once.output, y), difference(again.output, twice(y))) };
}

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const folder = process.argv[2];
const { tensors, metadata } = readSafetensors(join(folder, "arrays.safetensors"));
const failures = [], withoutKernel = new Set(), results = {};
let refusals = 0;
for (const [number, { kind, description }] of JSON.parse(metadata.models).entries()) {
    const y = tensors[`${number}.y`];
    const { error, op, refused } = await run(join(folder, `${number}.onnx`), tensors[`${number}.x`], y);
    const result = ((results[kind] ??= {})[y.type] ??= { models: 0, largest: 0, ops: new Set() });
    if (op) {
        if (y.type === "float32" || !FLOAT_ONLY.has(op)) failures.push(`${y.type} ${description}: no kernel for ${op}`);
        withoutKernel.add(op);
        result.ops.add(op);
        continue;
    }
    if (refused) {
        ++refusals;
        continue;
    }
    if (!(error < BOUNDS[y.type])) failures.push(`${y.type} ${description}: relative difference ${error}`);
    result.models += 1;
    result.largest = Math.max(result.largest, error);
}

const text = ({ models, largest, ops }) =>
    [models > 0 ? `${models} models, ${largest.toExponential(1)}` : "", ...[...ops].map((op) => `no kernel for ${op}`)].filter(Boolean).join(", ");
for (const kind of JSON.parse(metadata.kinds)) {
    const { float32, float64 } = results[kind] ?? {};
    if (!(float32?.models >= 2 && float64)) failures.push(`${kind} has too few cases`);
    else console.log(`${kind.padEnd(12)} float: ${text(float32).padEnd(20)} double: ${text(float64)}`);
}
for (const op of FLOAT_ONLY) if (!withoutKernel.has(op)) failures.push(`ONNX Runtime has a kernel for ${op} of doubles: docs/onnx.md says otherwise`);
console.log(`${refusals} models with an output_padding that ONNX Runtime refuses`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
