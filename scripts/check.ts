/**
 * Every static check, as many at a time as there are cores: `npm run check`.
 *
 * A step is the npm script of that name. Prints a line for each, then the output of those that failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

interface Outcome {
  readonly step: string;
  readonly failed: boolean;
  readonly output: string;
}

const root = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);

// What reads `dist` comes after what writes it.
const steps = ['build', 'check:package', 'types', 'lint', 'dead-code', 'format:check'];
if (existsSync(join(root, 'bench', 'node_modules'))) steps.push('types:bench');

const began = performance.now();
const built = await run(steps.shift()!);
const failed = built.failed ? [built] : [];
if (!built.failed) {
  const lanes = Array.from({ length: availableParallelism() }, async () => {
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      const outcome = await run(step);
      if (outcome.failed) failed.push(outcome);
    }
  });
  await Promise.all(lanes);
}

for (const { step, output } of failed) console.log(`\n── ${step}\n${output.trimEnd()}`);
console.log(`\n${failed.length === 0 ? 'all passed' : `${failed.length} failed`} in ${seconds(began)}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(step: string): Promise<Outcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(scripts[step]!, { cwd: root, shell: true, env: { ...process.env, PATH: path } });
    let output = '';
    const collect = (text: Buffer): void => void (output += text.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.padEnd(14)} ${seconds(start)}`);
      resolve({ step, failed: code !== 0, output });
    });
  });
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
