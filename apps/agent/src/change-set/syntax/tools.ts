import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { systemCode } from '../../system/errors.ts';
import type { StagedFile, SyntaxProblem } from './staged-file.ts';

const TOOL_TIMEOUT_MS = 20_000;

const PYTHON_CHECK = `
import ast, json, sys
problems = []
for name, path in json.load(sys.stdin):
    try:
        with open(path, 'rb') as source:
            ast.parse(source.read(), name)
        problems.append(None)
    except (SyntaxError, ValueError) as error:
        problems.append('%s (line %s)' % (getattr(error, 'msg', error), getattr(error, 'lineno', '?')))
print(json.dumps(problems))
`;

interface Scratch {
  readonly scratchDirectory: string;
}

export async function checkPython(
  files: readonly StagedFile[],
  { scratchDirectory }: Scratch,
): Promise<SyntaxProblem[] | null> {
  const paths = await layOut(files, join(scratchDirectory, 'python'));
  const input = JSON.stringify(files.map((file, index) => [file.path, paths[index]]));
  // -I: neither the project's modules nor its environment take part.
  const result = await runTool('python3', ['-I', '-c', PYTHON_CHECK], input);
  if (result === null || result.exitCode !== 0) return null;
  const problems = z.array(z.nullable(z.string())).parse(JSON.parse(result.stdout));
  return problems.map((problem) => problem ?? undefined);
}

/** gofmt reads one file at a time from its input or many by name; these names are taken out again. */
export async function checkGo(
  files: readonly StagedFile[],
  { scratchDirectory }: Scratch,
): Promise<SyntaxProblem[] | null> {
  const paths = await layOut(files, join(scratchDirectory, 'go'));
  const result = await runTool('gofmt', ['-e', '-l', ...paths], '');
  if (result === null) return null;
  return paths.map((path) => {
    const lines = result.stderr.split('\n').filter((line) => line.startsWith(`${path}:`));
    return lines.length === 0
      ? undefined
      : lines.map((line) => line.slice(path.length + 1)).join('\n');
  });
}

async function layOut(files: readonly StagedFile[], prefix: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [index, { content }] of files.entries()) {
    const path = `${prefix}-${index}`;
    await writeFile(path, content, { mode: 0o600 });
    paths.push(path);
  }
  return paths;
}

interface ToolResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Null when the tool is not installed or does not come to an end. */
async function runTool(
  file: string,
  args: readonly string[],
  input: string,
): Promise<ToolResult | null> {
  const child = spawn(file, args, { timeout: TOOL_TIMEOUT_MS, killSignal: 'SIGKILL', cwd: '/' });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const [exitCode, stdout, stderr] = await Promise.all([
      once(child, 'close').then(([code]: unknown[]) => code),
      text(child.stdout),
      text(child.stderr),
    ]);
    return typeof exitCode === 'number' ? { exitCode, stdout, stderr } : null;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
