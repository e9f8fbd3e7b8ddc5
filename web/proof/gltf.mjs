// Runs Khronos' glTF validator over files: `node proof/gltf.mjs FILE…` prints the issues of each as JSON.
import { readFile } from "node:fs/promises";
import validator from "gltf-validator";

const reports = [];
for (const file of process.argv.slice(2)) {
  const { issues } = await validator.validateBytes(new Uint8Array(await readFile(file)), { maxIssues: 20 });
  reports.push({ file, errors: issues.numErrors, warnings: issues.numWarnings, messages: issues.messages });
}
process.stdout.write(JSON.stringify(reports));
