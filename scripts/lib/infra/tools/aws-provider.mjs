import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The services of AWS that infra/terraform uses. All of them are some two hundred and fifty, and an hour of compiling. */
const SERVICES = [
  'autoscaling',
  'backup',
  'cloudtrail',
  'ec2',
  'ecr',
  'eks',
  'iam',
  'kms',
  'logs',
  'rds',
  's3',
];

const OWN = 'github.com/hashicorp/terraform-provider-aws';
const SERVICE_IMPORT = new RegExp(`"${OWN}/internal/service/([a-z0-9]+)(?:/[^"]*)?"`, 'g');
const REGISTRY = 'internal/provider/sdkv2/service_packages_gen.go';
const CLIENTS = 'internal/conns/awsclient_gen.go';

/** prepareAwsProvider copies the provider's sources with a few of its services; what is kept is unchanged. */
export async function prepareAwsProvider(from, to) {
  for (const entry of await readdir(from)) {
    if (/\.go$|^go\.(mod|sum)$|^(names|version)$/.test(entry))
      await cp(path.join(from, entry), path.join(to, entry), { recursive: true });
  }
  for (const entry of await readdir(path.join(from, 'internal'))) {
    if (entry !== 'service') await copyInternal(entry, { from, to });
  }
  const services = await withImported(path.join(from, 'internal/service'));
  await mkdir(path.join(to, 'internal/service'));
  // A file of its own beside the services' folders, which is built in.
  await copyInternal('service/smarterr.hcl', { from, to });
  for (const service of services) await copyInternal(`service/${service}`, { from, to });
  await rewrite(path.join(to, REGISTRY), (text) => keepServices(text, services));
  const called = await calledClients(path.join(to, 'internal'));
  await rewrite(path.join(to, CLIENTS), (text) => keepClients(text, called));
}

function copyInternal(entry, { from, to }) {
  const [source, target] = [from, to].map((root) => path.join(root, 'internal', entry));
  return cp(source, target, {
    recursive: true,
    filter: (file) => !/_test\.go$|\/(testdata|test-fixtures)$/.test(file),
  });
}

/** The services and those that their sources import, in turn. */
async function withImported(directory) {
  const found = new Set();
  const waiting = [...SERVICES];
  for (let service = waiting.pop(); service; service = waiting.pop()) {
    if (found.has(service)) continue;
    found.add(service);
    for await (const text of sourcesIn(path.join(directory, service)))
      waiting.push(...[...text.matchAll(SERVICE_IMPORT)].map(([, name]) => name));
  }
  return found;
}

async function* sourcesIn(directory) {
  for (const file of await readdir(directory, { recursive: true })) {
    if (!file.endsWith('.go') || file.endsWith('_test.go')) continue;
    yield await readFile(path.join(directory, file), 'utf8');
  }
}

function keepServices(text, services) {
  return text
    .split('\n')
    .filter((line) => {
      const [, imported] = /\/internal\/service\/([a-z0-9]+)"$/.exec(line) ?? [];
      const [, listed] = /^\s+([a-z0-9]+)\.ServicePackage\(ctx\),$/.exec(line) ?? [];
      const name = imported ?? listed;
      return name === undefined || services.has(name);
    })
    .join('\n');
}

async function calledClients(directory) {
  const called = new Set();
  for await (const text of sourcesIn(directory)) {
    for (const [, name] of text.matchAll(/\.(\w+Client)\(/g)) called.add(name);
  }
  return called;
}

/** Each client is a function of its own, with an import that only it uses. */
function keepClients(text, called) {
  const [head, ...functions] = text.split(/^(?=func )/m);
  const kept = functions.filter((body) => {
    const [, name] = /^func \(c \*AWSClient\) (\w+Client)\(/.exec(body) ?? [];
    return name === undefined || called.has(name);
  });
  const body = kept.join('');
  const imports = head.split('\n').filter((line) => {
    const [, alias, last] = /^\t(?:(\w+) )?"github\.com\/aws\/.*?([a-z0-9]+)"$/.exec(line) ?? [];
    const name = alias ?? last;
    return name === undefined || body.includes(`${name}.`);
  });
  return imports.join('\n') + body;
}

async function rewrite(file, change) {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
