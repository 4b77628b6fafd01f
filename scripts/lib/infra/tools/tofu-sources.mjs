import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Places to keep a state and keys in that are no part of a check; each brings the libraries of a cloud. */
const LEFT_OUT = {
  'internal/backend/init/init.go':
    /backend(Azure|Consul|Cos|GCS|Kubernetes|OSS|Pg|S3)(?= "|\.New\()/,
  'internal/encryption/default_registry.go': /(aws_kms|azure_vault|gcp_kms)(?="$|\.New\()/,
};
/** What a call that may fail is wrapped in. */
const GUARD = /^\tif err := .*\.New\(\)\); err != nil \{$/;
const GUARD_LINES = 3;

/** prepareTofu copies OpenTofu's sources without backends and key providers of clouds: half of what it compiles. */
export async function prepareTofu(from, to) {
  await cp(from, to, { recursive: true });
  for (const [name, pattern] of Object.entries(LEFT_OUT)) {
    const file = path.join(to, name);
    await writeFile(file, without(await readFile(path.join(from, name), 'utf8'), pattern));
  }
}

function without(text, pattern) {
  const kept = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const isLeftOut = pattern.test(lines[at]);
    if (!isLeftOut) kept.push(lines[at]);
    else if (GUARD.test(lines[at])) at += GUARD_LINES - 1;
  }
  return kept.join('\n');
}
