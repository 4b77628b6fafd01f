import { fileURLToPath } from 'node:url';
import { AppManifestSchema } from '@spt-flow/shared/domain/app-manifest';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { turnHarness } from '../../testing/turn-harness.ts';
import { filesOf } from '../../testing/written-files.ts';
import { createTemplateProvider } from './template-provider.ts';

const provider = createTemplateProvider({
  templatesDir: fileURLToPath(new URL('../../app-templates', import.meta.url)),
});

describe('the devcontainer of an app', () => {
  const DevcontainerSchema = z.strictObject({
    name: z.string().min(1),
    image: z.string(),
    features: z.record(z.string(), z.strictObject({})),
    forwardPorts: z.tuple([z.literal(3000)]),
    portsAttributes: z.strictObject({ 3000: z.strictObject({ label: z.string() }) }),
    postCreateCommand: z.string(),
    customizations: z.strictObject({
      vscode: z.strictObject({ extensions: z.array(z.string()).min(1) }),
    }),
  });

  it.each([
    ['a guestbook for my café', 'javascript-node:24', 'npm install'],
    ['a place for my notes', 'python:3.13', 'requirements.txt'],
    ['a link shortener', 'go:1', 'go build -o .build/app .'],
    ['a website for my café', 'javascript-node:24', 'npm run build'],
  ])(
    'for "%s" names an image with support, its port and how to prepare it',
    async (request, image, command) => {
      const harness = turnHarness(provider);
      await harness.run(request);

      const text = filesOf(harness)['.devcontainer/devcontainer.json'] ?? '';
      const devcontainer = DevcontainerSchema.parse(JSON.parse(text));

      expect(devcontainer.image).toBe(`mcr.microsoft.com/devcontainers/${image}`);
      expect(devcontainer.postCreateCommand).toContain(command);
    },
  );
});

describe('the pipeline and the image of an app', () => {
  it.each([
    ['a guestbook for my café', 'node:24-slim', null],
    ['a sign-up list for a workshop', 'node:24-slim', 'npm install'],
    ['a place for my notes', 'python:3.13-slim', 'pip install'],
    ['a link shortener', 'golang:1', 'go build'],
    ['a website for my café', 'node:24-slim', 'node build.mjs'],
  ])('for "%s" run the commands of its manifest', async (request, image, build) => {
    const harness = turnHarness(provider);
    await harness.run(request);
    const files = filesOf(harness);
    const manifest = AppManifestSchema.parse(JSON.parse(files['spt-flow.json'] ?? ''));
    const pipeline: unknown = parse(files['.gitlab-ci.yml'] ?? '');

    const prepare = manifest.build === null ? [] : [manifest.build];
    expect(prepare.join()).toContain(build ?? '');
    expect(pipeline).toMatchObject({
      stages: ['validate', 'build', 'test', 'deploy'],
      validate: { script: [expect.stringMatching(/^test -f package\.json \|\| .*index\.html$/)] },
      default: { image: `docker.io/library/${image}` },
      ...(build !== null && { build: { stage: 'build', script: prepare } }),
      test: { stage: 'test', script: [...prepare, manifest.test] },
      deploy: { variables: { DOCKER_TLS_CERTDIR: '' } },
    });
    expect(files['Dockerfile']).toMatch(/^ENV HOST=0\.0\.0\.0 PORT=3000\nEXPOSE 3000$/m);
  });
});
