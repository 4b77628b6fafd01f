import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cached } from '../../../cache.mjs';
import { capture } from '../../../run.mjs';
import { treeHash } from '../../../tree-hash.mjs';
import { program, SOURCES, sourceOf } from '../../tools/kubernetes-tools.mjs';

/** Where the modules keep the definitions of their custom resources. */
const CRD_FOLDERS = {
  gateway: 'config/crd/standard',
  snapshots: 'config/crd',
  monitoring: 'example/prometheus-operator-crd',
};

const QUANTITY = { oneOf: [{ type: 'string' }, { type: 'number' }] };
const SPECIAL = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': QUANTITY,
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    oneOf: [{ type: 'string' }, { type: 'integer' }],
  },
};

/** schemaProblems holds manifests against strict schemas: no unknown field, no kind without a schema. */
export async function schemaProblems(root, rendered) {
  const [kubeconform, published] = await Promise.all([program('kubeconform'), publishedSchemas()]);
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-manifests-'));
  const manifests = path.join(folder, 'manifests');
  const own = path.join(folder, 'schemas');
  try {
    await mkdir(manifests);
    for (const { name, text } of rendered)
      await writeFile(path.join(manifests, `${name}.yaml`), text);
    await writeOwn(path.join(root, 'infra/kubernetes/schemas'), own);
    const locations = [published, own].flatMap((schemas) => [
      '-schema-location',
      path.join(schemas, '{{.Group}}-{{.ResourceKind}}-{{.ResourceAPIVersion}}.json'),
    ]);
    const args = ['-strict', '-summary', ...locations, manifests];
    const { exitCode, output } = await capture(kubeconform, args);
    return exitCode === 0 ? [] : [output.replaceAll(`${manifests}/`, '').trim()];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of the core and of the operators whose modules carry definitions: made once. */
async function publishedSchemas() {
  const madeBy = await treeHash(['scripts/lib/infra/kubernetes/manifests/schemas.mjs']);
  return cached({ name: 'kubernetes-schemas', recipe: [SOURCES, madeBy] }, async (folder) => {
    await writeCore(folder);
    for (const [source, at] of Object.entries(CRD_FOLDERS))
      await writeCustom(folder, path.join(await sourceOf(source), at));
  });
}

/** Those written here lean on the core's: `#/definitions/io.k8s…`. */
async function writeOwn(source, target) {
  const definitions = definitionsOf(await coreDefinitions(), 'io.k8s.api.core.v1.Pod');
  await mkdir(target);
  for (const file of await readdir(source)) {
    const schema = JSON.parse(await readFile(path.join(source, file), 'utf8'));
    await writeFile(path.join(target, file), JSON.stringify({ ...schema, definitions }));
  }
}

async function coreDefinitions() {
  const file = path.join(await sourceOf('kubernetes'), 'api/openapi-spec/swagger.json');
  return JSON.parse(await readFile(file, 'utf8')).definitions;
}

async function writeCore(folder) {
  const all = await coreDefinitions();
  for (const [name, definition] of Object.entries(all)) {
    const kinds = definition['x-kubernetes-group-version-kind'] ?? [];
    if (kinds.length !== 1 || kinds[0].kind.endsWith('List')) continue;
    const schema = { $ref: `#/definitions/${name}`, definitions: definitionsOf(all, name) };
    await writeFile(path.join(folder, fileName(kinds[0])), JSON.stringify(schema));
  }
}

/** A definition and all that it leads to, each closed to unknown fields. */
function definitionsOf(all, name, found = {}) {
  if (found[name]) return found;
  found[name] = SPECIAL[name] ?? closed(all[name]);
  for (const [, next] of JSON.stringify(found[name]).matchAll(/"#\/definitions\/([^"]+)"/g))
    definitionsOf(all, next, found);
  return found;
}

async function writeCustom(folder, source) {
  for (const file of await readdir(source)) {
    if (!file.endsWith('.yaml')) continue;
    const text = await readFile(path.join(source, file), 'utf8');
    for (const definition of parseAllDocuments(text).map((document) => document.toJS())) {
      if (definition?.kind !== 'CustomResourceDefinition') continue;
      const { group, names, versions } = definition.spec;
      for (const { name: version, schema } of versions)
        await writeFile(
          path.join(folder, fileName({ group, kind: names.kind, version })),
          JSON.stringify(closed(schema.openAPIV3Schema)),
        );
    }
  }
}

/** kubeconform names the core group by its version. */
function fileName({ group, kind, version }) {
  return `${group || version}-${kind.toLowerCase()}-${version}.json`;
}

/** closed refuses fields that a schema does not name, and nothing else. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema['x-kubernetes-int-or-string'])
    return SPECIAL['io.k8s.apimachinery.pkg.util.intstr.IntOrString'];
  const result = Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      // Prose, and the marks of an older draft.
      if (key === 'description' && typeof value === 'string') return [];
      if (key === 'properties' || key === 'definitions')
        return [
          [key, Object.fromEntries(Object.entries(value).map(([name, of]) => [name, closed(of)]))],
        ];
      return [[key, key === 'default' || key === 'enum' ? value : closed(value)]];
    }),
  );
  const isOpen =
    result.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'];
  if (result.properties && !isOpen) result.additionalProperties = false;
  return result;
}
